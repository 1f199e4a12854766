"""A run through BulkService as imports-svc makes it, for tests."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from uuid import UUID

import grpc

from chassis.ids import uuid7
from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1 import bulk_pb2_grpc

Row = Mapping[str, object]


# Whether somebody waits for a row of the connection that asks.
WAITED_FOR = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


def offer(ref: str, **values: object) -> dict[str, object]:
    return {
        "ref": ref,
        "gtin": None,
        "title": f"Title of {ref}",
        "brand": "Acme",
        "category": "Tools > Pens",
        "price": "1.50",
        "stock": 3,
    } | values


class BulkClient:
    """Stages, plans and applies rows given as dictionaries; a missing or None value is an empty cell."""

    def __init__(self, channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> None:
        self.stub = bulk_pb2_grpc.BulkServiceStub(channel)
        self.metadata = metadata

    async def open(self, supplier: str, columns: Iterable[str], *, partial: bool = False) -> pb.Run:
        request = pb.OpenRunRequest(run_id=str(uuid7()), supplier_name=supplier, columns=list(columns), complete=not partial)
        return await self.stub.OpenRun(request, metadata=self.metadata)

    async def stage(self, run_id: str, seq: int, columns: Iterable[str], rows: list[Row], *, first_row: int = 1) -> bool:
        data = chunk(columns, rows, first_row)
        request = pb.StageChunkRequest(run_id=run_id, seq=seq, data=data, sha256=hashlib.sha256(data).digest(), rows=len(rows))
        return (await self.stub.StageChunk(request, metadata=self.metadata)).staged

    async def plan(
        self, supplier: str, rows: list[Row], columns: Iterable[str] | None = None, *, partial: bool = False
    ) -> pb.Run:
        """Stage and plan `rows`; the columns are those of the first row unless given."""
        names = list(columns or rows[0])
        run = await self.open(supplier, names, partial=partial)
        await self.stage(run.id, 0, names, rows)
        return await self.stub.BuildPlan(pb.BuildPlanRequest(run_id=run.id), metadata=self.metadata)

    async def apply(self, run: pb.Run) -> pb.Run:
        """Apply every batch of a planned run and finish it."""
        for batch in range(run.batch_count):
            await self.apply_batch(run, batch)
            await self.index_batch(run, batch)
        return await self.stub.FinishRun(pb.FinishRunRequest(run_id=run.id), metadata=self.metadata)

    async def apply_batch(self, run: pb.Run, batch: int) -> pb.ApplyBatchResponse:
        request = pb.ApplyBatchRequest(run_id=run.id, batch=batch, plan_hash=run.plan_hash)
        return await self.stub.ApplyBatch(request, metadata=self.metadata)

    async def index_batch(self, run: pb.Run, batch: int) -> None:
        await self.stub.IndexBatch(pb.IndexBatchRequest(run_id=run.id, batch=batch), metadata=self.metadata)

    async def load(
        self, supplier: str, rows: list[Row], columns: Iterable[str] | None = None, *, partial: bool = False
    ) -> pb.Run:
        return await self.apply(await self.plan(supplier, rows, columns, partial=partial))

    async def plan_rows(self, run: pb.Run, kind: int = 0) -> list[pb.PlanRow]:
        request = pb.ListPlanRowsRequest(run_id=run.id, kind=kind)
        return list((await self.stub.ListPlanRows(request, metadata=self.metadata)).rows)


def chunk(columns: Iterable[str], rows: list[Row], first_row: int = 1) -> bytes:
    """Rows as COPY reads them: row number first, an unquoted empty cell is NULL."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(columns)
    for number, row in enumerate(rows, first_row):
        writer.writerow([number, *("" if row.get(name) is None else row[name] for name in names)])
    return out.getvalue().encode()


def ledger(run: pb.Run) -> dict[str, int]:
    """The counts of a run that are not zero."""
    return {field.name: value for field, value in run.ledger.ListFields()}


def run_id(run: pb.Run) -> UUID:
    return UUID(run.id)
