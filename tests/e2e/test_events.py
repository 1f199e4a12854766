"""What one service tells and another one makes of it, through the door."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from api import PATIENCE_SECONDS, Api

from pm.imports.v1.events_pb2 import ImportFinished
from productsmanager.lifecycle import Running

FEED = b"sku,name,price\n" + b"".join(b"T%d,Told thing %d,%d.50\n" % (at, at, at) for at in range(12))


NOTIFICATIONS = "core-svc/import-notifications"


def until(met: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := met():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to pass")


def pm(stack: Running, *arguments: str) -> Any:
    command = [sys.executable, "-m", "productsmanager", *arguments, "--data", str(stack.installation.data.root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def counted(api: Api, source_id: str) -> int:
    listed = api.get("/product-metrics", page_size=500)["metrics"]
    return sum(int(one["changed"]) for one in listed if one["source_id"] == source_id)


def caught_up(stack: Running) -> bool:
    shown = pm(stack, "events")["consumers"]
    return all(one["lag_rows"] == 0 for one in shown)


def test_who_started_an_import_is_notified_and_its_changes_are_counted(stack: Running, api: Api) -> None:
    job = api.run(FEED, "Told", name="told.csv")
    assert job["state"] == "STATE_APPLIED"

    def of_job() -> list[dict[str, Any]]:
        return [one for one in api.get("/notifications")["notifications"] if one["subject_id"] == job["id"]]

    (notification,) = until(of_job)
    assert notification["kind"] == "KIND_IMPORT_APPLIED"
    assert notification["data"]["created"] == str(job["ledger"]["created"])
    assert notification["data"]["file_name"] == "told.csv"
    (run,) = job["runs"]
    changed = job["ledger"]["products_created"] + job["ledger"]["products_changed"]
    assert changed > 0
    until(lambda: counted(api, run["id"]) == changed)

    # Applied again, both come to the same.
    until(lambda: caught_up(stack))
    since = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    for consumer in (NOTIFICATIONS, "analytics-svc/product-counts"):
        # Nothing was told so long ago, so that everything is kept.
        shown = pm(stack, "events", "replay", consumer, "--from", since)
        assert f"{shown['service']}/{shown['name']}" == consumer
    until(lambda: caught_up(stack))
    assert counted(api, run["id"]) == changed
    assert of_job() == [notification]

    before = api.get("/notifications")["unread_count"]
    assert api.post("/notifications:markRead", {"ids": [notification["id"]]})["unread_count"] == before - 1
    assert of_job()[0]["read_time"]


def test_a_consumer_that_is_stopped_at_an_event_skips_it_and_goes_on(stack: Running, api: Api) -> None:
    def shown() -> dict[str, Any]:
        listed = api.get("/events/consumers")["consumers"]
        return next(one for one in listed if f"{one['service']}/{one['name']}" == NOTIFICATIONS)

    before = shown()["skipped"]
    psql = stack.installation.postgres.psql
    fact = ImportFinished(user_id="nobody")
    values = f"'{fact.DESCRIPTOR.full_name}', 'poison', '\\x{fact.SerializeToString().hex()}'"
    psql(f"INSERT INTO outbox (type, key, payload) VALUES ({values})", "db_imports")
    try:
        until(lambda: " poison: " in shown()["error"])
        job = api.run(FEED.replace(b"Told", b"Held up"), "Held up", name="held_up.csv")
        another = api.http.post(f"/events/consumers/{NOTIFICATIONS}:skip", json={"key": job["id"]})
        assert (another.status_code, another.json()["reason"]) == (409, "EVENT_NOT_AT_FAULT")
        skipped = pm(stack, "events", "skip", NOTIFICATIONS, "poison")
        assert (skipped["state"], skipped["skipped"]) == ("STATE_FOLLOWING", before + 1)
    finally:
        # No replay is to meet it.
        psql("DELETE FROM outbox WHERE key = 'poison'", "db_imports")
    until(lambda: job["id"] in {one["subject_id"] for one in api.get("/notifications")["notifications"]})
    newest = pm(stack, "events", "skipped", NOTIFICATIONS)["events"][0]
    assert newest["key"] == "poison"
    assert " poison: " in newest["error"]
    assert newest["skipped_by"] == api.get("/me")["user"]["id"]
