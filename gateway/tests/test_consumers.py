"""Consumers of all services at once."""

import httpx
import pytest

from gateway.settings import Settings
from pm.common.v1 import events_pb2 as pb

PATH = "/api/v1/events/consumers"


@pytest.fixture
def reader(signed_in) -> httpx.AsyncClient:
    return signed_in("core.events.read")


async def test_consumers_of_all_services_are_listed(reader) -> None:
    reply = await reader.get(PATH)
    assert reply.status_code == 200
    found = reply.json()
    assert [(one["service"], one["name"], one["state"]) for one in found["consumers"]] == [
        ("analytics-svc", "counts", "STATE_FOLLOWING"),
        ("core-svc", "notices", "STATE_STOPPED"),
    ]
    assert found["missing"] == []
    counts, notices = found["consumers"]
    assert (counts["lag_rows"], counts["lag_seconds"]) == (0, 0.0)
    assert "lag_rows" not in notices


async def test_a_service_that_is_away_is_named(settings: Settings, serve, signed_in, unused_port) -> None:
    away = settings.model_copy(update={"analytics_address": f"127.0.0.1:{unused_port}"})
    async with serve(away) as url:
        found = (await signed_in("core.events.read", url=url).get(PATH)).json()
    assert found["missing"] == ["analytics-svc"]
    assert [one["service"] for one in found["consumers"]] == ["core-svc"]


async def test_a_replay_is_passed_on(signed_in, told) -> None:
    writer = signed_in("core.events.write")
    reply = await writer.post(f"{PATH}/analytics-svc/counts:replay", json={"time": "2026-03-01T00:00:00Z"})
    assert (reply.status_code, reply.json()["name"]) == (200, "counts")
    assert told.last == pb.ReplayConsumerRequest(name="counts", time={"seconds": 1772323200})
    refused = await writer.post(f"{PATH}/core-svc/notices:replay", json={"time": "2026-03-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "REPLAY_WOULD_SKIP")
    unknown = await writer.post(f"{PATH}/media-svc/counts:replay", json={"time": "2026-03-01T00:00:00Z"})
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "SERVICE_FOLLOWS_NOBODY")
    timeless = await writer.post(f"{PATH}/analytics-svc/counts:replay", json={})
    assert (timeless.status_code, timeless.json()["violations"][0]["field"]) == (400, "time")


async def test_a_skip_is_passed_on(signed_in, told) -> None:
    writer = signed_in("core.events.write")
    reply = await writer.post(f"{PATH}/core-svc/notices:skip", json={"key": "faulty"})
    assert (reply.status_code, reply.json()["name"]) == (200, "notices")
    assert told.last == pb.SkipEventRequest(name="notices", key="faulty")
    unknown = await writer.post(f"{PATH}/media-svc/notices:skip", json={"key": "faulty"})
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "SERVICE_FOLLOWS_NOBODY")
    keyless = await writer.post(f"{PATH}/core-svc/notices:skip", json={})
    assert (keyless.status_code, keyless.json()["violations"][0]["field"]) == (400, "key")


async def test_what_was_skipped_is_listed(reader, told) -> None:
    reply = await reader.get(f"{PATH}/core-svc/notices/skipped")
    assert reply.status_code == 200
    assert told.last == pb.ListSkippedEventsRequest(name="notices")
    assert (reply.json()["total"], reply.json()["events"][0]["key"]) == (1, "faulty")
    unknown = await reader.get(f"{PATH}/media-svc/notices/skipped")
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "SERVICE_FOLLOWS_NOBODY")


async def test_reading_permits_neither_a_replay_nor_a_skip(reader) -> None:
    replay = await reader.post(f"{PATH}/core-svc/notices:replay", json={"time": "2026-03-01T00:00:00Z"})
    skip = await reader.post(f"{PATH}/core-svc/notices:skip", json={"key": "faulty"})
    assert (replay.status_code, skip.status_code) == (403, 403)
