"""An older file does not overwrite a later one by itself, however long a person has kept it waiting."""

from pathlib import Path

import pytest

from chassis.db import Database
from chassis.storage import Storage
from chassis.times import now
from imports_svc.jobs.models import Run
from imports_svc.pipeline.leases import claim
from imports_svc.pipeline.planning import plan
from imports_svc.pipeline.steps import Steps
from imports_svc.reading.reader import Reader

FEED = b"sku;name;price\n1;Pen;1,50\n2;Ink;2,50\n"


@pytest.mark.parametrize(
    ("supplier", "came", "run", "state"),
    [
        ("ACME", "later", {"state": "applied"}, "held"),
        ("ACME", "later", {"state": "abandoned", "batches_applied": 1}, "held"),
        ("ACME", "later", {"state": "abandoned"}, "applying"),
        ("ACME", "before", {"state": "applied"}, "applying"),
        ("Beta", "later", {"state": "applied"}, "applying"),
    ],
)
async def test_a_file_that_was_overtaken_asks_first(
    committing: Database,
    storage: Storage,
    file_reader: Reader,
    tmp_path: Path,
    new_job,
    save,
    load,
    upload,
    supplier: str,
    came: str,
    run: dict[str, object],
    state: str,
) -> None:
    other = new_job(supplier_name=supplier, state="applied", end_time=now())
    if came == "before":
        await save(committing, other)
    id = await upload(FEED, auto_apply=True, confirmed=True)
    if came == "later":
        await save(committing, other)
    await save(committing, Run(job_id=other.id, supplier_name=supplier, **run))
    lease = await claim(committing)
    assert lease is not None
    steps = Steps(lease, None, storage, file_reader, tmp_path)
    async with lease.held():
        await steps.sniff()
        await steps.map()
        await save(committing, Run(job_id=id, supplier_name="Acme"))
        await plan(lease, None)
    job = await load(committing, id)
    assert job.state == state, job.hold_reason
    assert (str(other.id) in job.hold_reason) == (state == "held")
