"""Each process taken away for a while: docs/faults.md says what still works, and it does."""

from collections.abc import Iterator

import campaign
import pytest
import table
from api import Api
from outages import OUTAGES

from productsmanager.lifecycle import Running, running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]
ONE, SEVEN = table.rows("One cluster"), table.rows("Seven clusters")


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("seven") / "data", clusters=7) as stack:
        yield stack


@pytest.mark.parametrize("how", OUTAGES)
@pytest.mark.parametrize("away", ONE)
def test_what_keeps_working(stack: Running, api: Api, away: str, how: str) -> None:
    campaign.survive(stack, api, away, how, ONE[away])


@pytest.mark.parametrize("how", OUTAGES)
@pytest.mark.parametrize("away", SEVEN)
def test_one_database_down_is_one_domain_down(seven: Running, away: str, how: str) -> None:
    with Api(seven.url) as api:
        api.login("admin", seven.admin_password_file.read_text(encoding="ascii").strip())
        campaign.survive(seven, api, away, how, SEVEN[away])
