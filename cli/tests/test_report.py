"""What `pm` prints."""

import io
from typing import Any

import pytest
from google.protobuf import json_format
from rich.console import Console

from chassis.ids import uuid7
from pm.catalog.v1.products_pb2 import SearchHit
from pm.imports.v1 import imports_pb2 as pb
from productsmanager.report import MATCHES, show_jobs


def test_every_way_to_be_found_has_a_name() -> None:
    assert set(SearchHit.Match.keys()) - {"MATCH_UNSPECIFIED"} == MATCHES.keys()


def job(supplier: str, file: str, rows: int) -> Any:
    made = pb.Job(id=str(uuid7()), state=pb.Job.STATE_CANCELLED, supplier_name=supplier, file_name=file)
    made.ledger.read = made.ledger.created = rows
    made.create_time.GetCurrentTime()
    return json_format.MessageToDict(made, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


JOBS = [
    job("Nord", "nord.csv", 7),
    job("Восток-Снаб und Söhne Großhandelsgesellschaft mbH", "pricelist_2026-11-30_complete_final.xlsx", 1_250_000),
]


def shown(width: int, *, terminal: bool) -> str:
    out = io.StringIO()
    show_jobs(Console(file=out, width=width, force_terminal=terminal, color_system=None, soft_wrap=True), JOBS)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 132])
def test_a_job_is_one_line_of_a_terminal(width: int) -> None:
    text = shown(width, terminal=True)
    assert max(len(line) for line in text.splitlines()) <= width, text
    for one in JOBS:
        [line] = [line for line in text.splitlines() if one["id"][-8:] in line]
        for told in ("cancelled", f"{one['ledger']['read']:,}", one["supplier_name"][:8], one["file_name"][:8]):
            assert told in line
    assert "…" in text, "what is cut says so"


@pytest.mark.parametrize(("width", "terminal"), [(80, False), (250, True)])
def test_a_job_is_whole_where_there_is_room(width: int, terminal: bool) -> None:
    text = shown(width, terminal=terminal)
    for one in JOBS:
        [line] = [line for line in text.splitlines() if one["id"] in line]
        assert one["supplier_name"] in line
        assert one["file_name"] in line
