"""The benchmark of events: told by the catalogue one product a transaction, followed by analytics-svc."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

from pm.catalog.v1.events_pb2 import ProductChanged
from productsmanager.bench import figure
from productsmanager.bench.bed import Bed
from productsmanager.bench.figure import Figure
from productsmanager.errors import ProductsManagerError

EVENTS = 50_000
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 300
# The service's own statement, each in a transaction of its own. Edits through the gateway would measure the edits.
TELL = """
SET synchronous_commit = off;
DO $$ BEGIN
  FOR number IN 1..{count} LOOP
    INSERT INTO outbox (type, key, payload) VALUES ('{type}', '{key}', '\\x{payload}');
    COMMIT;
  END LOOP;
END $$;
"""


def events(stack: Bed, repeats: int) -> Iterator[Figure]:
    """Edits of single products, from the first that is told until analytics-svc has counted all of them."""
    _told(stack, max(1, EVENTS // 50))
    stack.meter.forget_peaks()
    figures = []
    for _ in range(repeats):
        before, began = stack.meter.cpu(), time.perf_counter()
        _told(stack, EVENTS)
        seconds = time.perf_counter() - began
        told = figure.of_events("events", EVENTS, seconds, stack.meter.cpu().since(before))
        figures.append(told | figure.size(stack))
        stack.notify(f"events: {told['value']:,} {told['unit']}")
    yield figure.median(figures)


def _told(stack: Bed, count: int) -> None:
    """Tell events of one new user and wait for their count. Raises ProductsManagerError when it is another one."""
    user_id, product_id = str(uuid4()), str(uuid4())
    changed = ProductChanged(product_id=product_id, version=2, fields=["title"], user_id=user_id)
    payload, kind = changed.SerializeToString().hex(), changed.DESCRIPTOR.full_name
    today = datetime.now(UTC).date().isoformat()
    stack.running.installation.postgres.psql(TELL.format(count=count, type=kind, key=product_id, payload=payload), "db_catalog")
    waited = time.monotonic()
    while (counted := _counted(stack, today, user_id)) < count:
        if time.monotonic() - waited > PATIENCE_SECONDS:
            break
        time.sleep(LOOK_SECONDS)
    if counted != count:
        raise ProductsManagerError(f"analytics-svc counted {counted:,} of {count:,} events: nothing was measured")


def _counted(stack: Bed, since: str, user_id: str) -> int:
    listed = stack.gateway.get("/product-metrics", first_day=since, page_size=500)["metrics"]
    return sum(int(each["changed"]) for each in listed if each["source_id"] == user_id)
