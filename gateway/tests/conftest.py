"""The gateway on a real port, before seven real gRPC servers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from chassis.auth import Signer
from chassis.health import HealthServicer
from chassis.server import Service
from chassis.settings import ServiceSettings
from gateway import main
from gateway.settings import Settings
from gateway.tests.background import Background
from gateway.tests.following import changes, exporting, notifications
from gateway.tests.servicers import Imports, Keys, Revoked, Told, consumer, offers, products, stopped_consumer, users
from gateway.tests.sign_in import sign_in
from pm.catalog.v1 import changes_pb2_grpc, offers_pb2_grpc, products_pb2_grpc
from pm.common.v1 import events_pb2_grpc, health_pb2, jobs_pb2_grpc, revocations_pb2_grpc
from pm.core.v1 import api_keys_pb2_grpc, auth_pb2_grpc, notifications_pb2_grpc, users_pb2_grpc
from pm.imports.v1 import imports_pb2_grpc

UPLOAD_MAX_BYTES = 16 * 1024 * 1024


@pytest.fixture(scope="session")
def told() -> Told:
    return Told()


@pytest.fixture(autouse=True)
def _nothing_told(told: Told) -> None:
    told.clear()


@pytest.fixture(scope="session")
def imports(told: Told) -> Imports:
    return Imports(told)


@pytest.fixture(scope="session")
def background() -> dict[str, Background]:
    """The jobs of two services."""
    return {name: Background(f"{name}-svc", []) for name in ("imports", "media")}


@pytest.fixture(scope="session")
def keys(keys_dir: Path) -> Keys:
    return Keys(Signer("core-svc", keys_dir))


@pytest.fixture(scope="session")
def revoked() -> Revoked:
    return Revoked()


class Probes:
    """What the services' dependencies are: `ill` holds the names of those that fail."""

    def __init__(self) -> None:
        self.ill: set[str] = set()

    def of(self, service: str) -> HealthServicer:
        kinds = {health_pb2.Dependency.KIND_DATABASE: f"db_{service}"}
        if service in {"catalog", "imports"}:
            kinds |= {health_pb2.Dependency.KIND_REDIS: "redis", health_pb2.Dependency.KIND_CELERY: service}
        return HealthServicer({(kind, name): self._probe(name) for kind, name in kinds.items()})

    def _probe(self, name: str) -> Callable[[], Awaitable[None]]:
        async def probe() -> None:
            if name in self.ill:
                raise ConnectionError(name)

        return probe


@pytest.fixture(scope="session")
def probes() -> Probes:
    return Probes()


@pytest.fixture(scope="session")
async def services(
    keys_dir: Path,
    told: Told,
    imports: Imports,
    background: dict[str, Background],
    probes: Probes,
    keys: Keys,
    revoked: Revoked,
) -> AsyncIterator[dict[str, Service]]:
    """Every service, running; `addresses` of the settings below lead to them."""
    register = {
        "core": [
            lambda server: auth_pb2_grpc.add_AuthServiceServicer_to_server(sign_in(told), server),
            lambda server: api_keys_pb2_grpc.add_ApiKeyServiceServicer_to_server(keys, server),
            lambda server: revocations_pb2_grpc.add_RevocationServiceServicer_to_server(revoked, server),
            lambda server: notifications_pb2_grpc.add_NotificationServiceServicer_to_server(notifications(told), server),
            lambda server: users_pb2_grpc.add_UserServiceServicer_to_server(users(told), server),
            lambda server: events_pb2_grpc.add_ConsumerServiceServicer_to_server(stopped_consumer(told), server),
        ],
        "analytics": [lambda server: events_pb2_grpc.add_ConsumerServiceServicer_to_server(consumer(told), server)],
        "catalog": [
            lambda server: products_pb2_grpc.add_ProductServiceServicer_to_server(exporting(products(told), told), server),
            lambda server: changes_pb2_grpc.add_ChangeServiceServicer_to_server(changes(told), server),
            lambda server: offers_pb2_grpc.add_OfferServiceServicer_to_server(offers(told), server),
        ],
        "imports": [
            lambda server: imports_pb2_grpc.add_ImportServiceServicer_to_server(imports, server),
            lambda server: jobs_pb2_grpc.add_JobServiceServicer_to_server(background["imports"], server),
        ],
        "media": [lambda server: jobs_pb2_grpc.add_JobServiceServicer_to_server(background["media"], server)],
    }
    running = {}
    for name in ("core", "catalog", "imports", "exports", "media", "code2asin", "analytics"):
        settings = ServiceSettings(bind="127.0.0.1:0", keys_dir=keys_dir)
        running[name] = Service(f"{name}-svc", settings, registrations=register.get(name, []), health_servicer=probes.of(name))
    yield running
    for service in running.values():
        await service.server.stop(None)


@pytest.fixture(scope="session")
async def settings(keys_dir: Path, services: dict[str, Service], valkey_server: str) -> Settings:
    addresses = {f"{name}_address": f"127.0.0.1:{await service.start()}" for name, service in services.items()}
    # Without a cache: what these services answer changes unannounced.
    sizes = {"upload_max_bytes": UPLOAD_MAX_BYTES, "upload_idle_seconds": 1.5, "cache_bytes": 0}
    return Settings(keys_dir=keys_dir, redis_url=valkey_server, **sizes, **addresses)


@pytest.fixture(scope="session")
def serve() -> Callable[[Settings], AbstractAsyncContextManager[str]]:
    """Runs a gateway with these settings; gives its URL."""

    @asynccontextmanager
    async def running(settings: Settings) -> AsyncIterator[str]:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        server = main.server(settings)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            assert not serving.done(), "the gateway did not start"
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving

    return running


@pytest.fixture(scope="session")
async def url(settings: Settings, serve: Callable[[Settings], AbstractAsyncContextManager[str]]) -> AsyncIterator[str]:
    """The URL of the gateway that most tests share."""
    async with serve(settings) as url:
        yield url


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that nobody answers on: taken, but not listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(scope="session")
async def anonymous(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        yield client


@pytest.fixture
def signed_in(url: str, as_user: Callable[..., tuple[tuple[str, str], ...]]) -> Callable[..., httpx.AsyncClient]:
    """A client of a user with these permissions."""

    def client(*permissions: str, url: str = url) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=url, timeout=20, headers=dict(as_user(*permissions)))

    return client


@pytest.fixture
async def client(signed_in: Callable[..., httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a user who may do everything these tests do."""
    permissions = (
        "catalog.prices.read",
        "catalog.products.read",
        "catalog.products.write",
        "imports.jobs.read",
        "imports.jobs.write",
        "core.users.write",
    )
    async with signed_in(*permissions) as client:
        yield client
