"""The stack of the campaign: two gateways, so that one of them can be taken away."""

from collections.abc import Iterator

import pytest
from api import Api

from productsmanager.installation import Door
from productsmanager.lifecycle import Running, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("faults") / "data", door=Door(gateways=2)) as stack:
        yield stack


@pytest.fixture
def api(stack: Running) -> Iterator[Api]:
    """Signed in anew for each fault: a token lives for 15 minutes."""
    with Api(stack.url) as api:
        api.login("admin", stack.admin_password_file.read_text(encoding="ascii").strip())
        yield api
