"""Jobs of all services at once."""

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.endpoints import jobs
from gateway.settings import Settings
from gateway.tests.background import Background
from pm.common.v1 import jobs_pb2 as pb

PATH = "/api/v1/jobs"
IDS = [f"0189000{number}-0000-7000-8000-000000000000" for number in range(8)]


@pytest.fixture
def two(background: dict[str, Background], monkeypatch: pytest.MonkeyPatch) -> dict[str, Background]:
    """Two services that have jobs, in turn."""
    monkeypatch.setattr(jobs, "OWNERS", ("imports", "media"))
    kinds = {"imports": "import", "media": "picture"}
    for place, (name, one) in enumerate(background.items()):
        one.asked.clear()
        one.jobs[:] = [pb.Job(id=id, kind=kinds[name], service=one.service, state=pb.Job.STATE_RUNNING) for id in IDS[place::2]]
    return background


@pytest.fixture
async def url(two, settings: Settings, serve) -> AsyncIterator[str]:
    async with serve(settings) as running:
        yield running


@pytest.fixture
def reader(signed_in, url: str) -> httpx.AsyncClient:
    return signed_in("core.jobs.read", url=url)


@pytest.fixture
def writer(signed_in, url: str) -> httpx.AsyncClient:
    return signed_in("core.jobs.write", url=url)


async def test_jobs_of_all_services_are_one_list_newest_first(reader) -> None:
    reply = await reader.get(PATH)
    assert reply.status_code == 200
    found = reply.json()
    assert [job["id"] for job in found["jobs"]] == IDS[::-1]
    assert {job["service"] for job in found["jobs"]} == {"imports-svc", "media-svc"}
    assert (found["missing"], found["next_page_token"]) == ([], "")


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_pages_join_without_gap_or_overlap(reader, size: int) -> None:
    found, token = [], ""
    while True:
        page = (await reader.get(PATH, params={"page_size": size, "page_token": token})).json()
        found += [job["id"] for job in page["jobs"]]
        token = page["next_page_token"]
        if not token:
            break
    assert found == IDS[::-1]


async def test_filters_are_passed_on(reader, two) -> None:
    query = {
        "states": ["STATE_RUNNING", "STATE_FAILED"],
        "kinds": "picture",
        "supplier_name": "Acme",
        "created_since": "2026-03-01T00:00:00Z",
    }
    reply = await reader.get(PATH, params=query)
    assert [job["kind"] for job in reply.json()["jobs"]] == ["picture"] * 4
    for one in two.values():
        (asked,) = one.asked
        assert list(asked.states) == [pb.Job.STATE_RUNNING, pb.Job.STATE_FAILED]
        assert (asked.supplier_name, asked.created_since.seconds) == ("Acme", 1772323200)


async def test_a_token_of_another_list_is_refused(reader) -> None:
    token = (await reader.get(PATH, params={"page_size": 2})).json()["next_page_token"]
    reply = await reader.get(PATH, params={"page_size": 2, "page_token": token, "kinds": "import"})
    assert (reply.status_code, reply.json()["reason"]) == (400, "INVALID_PAGE_TOKEN")


async def test_a_filter_that_is_none_is_refused(reader) -> None:
    reply = await reader.get(PATH, params={"states": "STATE_ASLEEP"})
    assert (reply.status_code, reply.json()["violations"][0]["field"]) == (400, "states")


async def test_a_service_that_is_away_is_named_and_the_others_are_shown(
    two, settings: Settings, serve, signed_in, unused_port
) -> None:
    away = settings.model_copy(update={"media_address": f"127.0.0.1:{unused_port}"})
    async with serve(away) as url:
        reader = signed_in("core.jobs.read", url=url)
        found = (await reader.get(PATH)).json()
        of_imports = await reader.get(f"{PATH}/{IDS[0]}")
        of_media = await reader.get(f"{PATH}/{IDS[1]}")
    assert (found["missing"], [job["id"] for job in found["jobs"]]) == (["media-svc"], IDS[0::2][::-1])
    assert of_imports.json()["service"] == "imports-svc"
    assert of_media.status_code == 503, "it may be there: nobody can say that it is not"


async def test_a_job_is_given_a_priority(writer, two) -> None:
    reply = await writer.post(f"{PATH}/{IDS[1]}:prioritize", json={"priority": 30})
    assert (reply.status_code, reply.json()["priority"]) == (200, 30)
    assert two["media"].jobs[0].priority == 30
    wrong = await writer.post(f"{PATH}/{IDS[1]}:prioritize", json={"weight": 1})
    assert (wrong.status_code, wrong.json()["violations"][0]["field"]) == (400, "weight")


async def test_a_job_is_found_wherever_it_is(reader) -> None:
    for id, service in zip(IDS[:2], ("imports-svc", "media-svc"), strict=True):
        assert (await reader.get(f"{PATH}/{id}")).json()["service"] == service
    unknown = await reader.get(f"{PATH}/01890000-0000-7000-8000-0000000000ff")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "JOB_NOT_FOUND")
    nonsense = await reader.get(f"{PATH}/nonsense")
    assert (nonsense.status_code, nonsense.json()["violations"][0]["field"]) == (400, "id")


async def test_people_decide_about_any_job(writer) -> None:
    for id in IDS[:2]:
        paused = await writer.post(f"{PATH}/{id}:pause", json={})
        assert (paused.status_code, paused.json()["state"]) == (200, "STATE_PAUSED")
        refused = await writer.post(f"{PATH}/{id}:pause")
        assert (refused.status_code, refused.json()["reason"]) == (409, "WRONG_JOB_STATE")


async def test_reading_permits_no_decision_and_deciding_no_reading(reader, writer) -> None:
    for verb in jobs.DECISIONS:
        assert (await reader.post(f"{PATH}/{IDS[0]}:{verb}", json={})).status_code == 403
    assert (await writer.get(PATH)).status_code == 403
    assert (await writer.get(f"{PATH}/{IDS[0]}")).status_code == 403


async def test_nobody_is_answered_without_a_token(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as stranger:
        assert (await stranger.get(PATH)).status_code == 401
        assert (await stranger.post(f"{PATH}/{IDS[0]}:cancel", json={})).status_code == 401
