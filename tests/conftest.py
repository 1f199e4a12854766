"""One running stack for all journeys, and the API as a client sees it."""

from collections.abc import Iterator

import pytest
from api import Api

from productsmanager.lifecycle import Running, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole stack, as `pm up` starts it, on a data directory of its own."""
    with running(tmp_path_factory.mktemp("stack") / "data") as stack:
        yield stack


@pytest.fixture(scope="module")
def api(stack: Running) -> Iterator[Api]:
    """The gateway, signed in as the administrator of the first start; anew for each module: a token lives for 15 minutes."""
    with Api(stack.url) as api:
        api.login("admin", stack.admin_password_file.read_text().strip())
        yield api
