"""Real servers for the tests of every package: one of each per test run, started when first asked for."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from productsmanager.embedded import standalone
from productsmanager.installation import S3

# Property tests: the same few examples each time, so that nothing fails by chance; `make test-fuzz` draws many others.
settings.register_profile("few", max_examples=25, deadline=None, derandomize=True, database=None)
settings.register_profile(
    "many", max_examples=2_000, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("few")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of the superuser of an empty PostgreSQL cluster (database `postgres`)."""
    with standalone.postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url("postgres")


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of database 0 of an empty server of the Redis protocol."""
    with standalone.valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url(0)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """Endpoint and keys of an S3 server without buckets."""
    with standalone.s3(tmp_path_factory.mktemp("s3")) as server:
        yield S3(server.endpoint, server.access_key, server.secret_key)
