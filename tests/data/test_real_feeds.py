"""Real suppliers' files, each with its exact ledger and the reason for every class of rows that is not taken in as it stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from api import Api, counts

pytestmark = pytest.mark.data


@dataclass(frozen=True)
class Delivery:
    """One file and what it must come to. `reasons` counts rows by reason; the comments beside them say why."""

    path: str
    supplier: str
    ledger: dict[str, int]
    reasons: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)


DELIVERIES = [
    Delivery("01_uhtt_barcodes_ru/uhtt.tsv.gz", "UHTT", {}),
]


@pytest.mark.parametrize("delivery", DELIVERIES, ids=lambda delivery: delivery.path)
def test_a_delivery_comes_to_its_ledger(api: Api, feeds: Path, delivery: Delivery) -> None:
    job: dict[str, Any] = api.run(feeds / delivery.path, delivery.supplier, mapping=delivery.mapping)
    assert job["state"] == "STATE_APPLIED", job
    assert (counts(job), job["ledger"]["reasons"]) == (delivery.ledger, delivery.reasons)
