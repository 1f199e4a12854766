"""docs/faults.md, from which the fault campaign reads what to expect, knows every process of the stack."""

from pathlib import Path

import pytest
import table
from load import Load

from productsmanager import clusters, installation, stack
from productsmanager.data import DataDir
from productsmanager.installation import SERVICES, Door

KINDS = set(Load("", "", "", "", "").kinds())


def test_every_process_has_a_row(tmp_path: Path) -> None:
    prepared, _ = installation.prepare(DataDir.at(tmp_path / "data"), Door())
    processes = {process.name for process in stack.processes(prepared).values() if not process.is_task}
    assert set(table.rows("One cluster")) == processes
    assert set(table.rows("Seven clusters")) == set(clusters.names_of(SERVICES, separate=True).values())


@pytest.mark.parametrize("heading", ["One cluster", "Seven clusters"])
def test_every_kind_of_request_has_a_column(heading: str) -> None:
    for name, row in table.rows(heading).items():
        assert set(row) == KINDS, name
