"""The catalogue's bulk path as the pipeline uses it: patient with a restart, exact about what cannot go on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar
from uuid import UUID

import grpc

from chassis.errors import Aborted, FailedPrecondition, NotFound, Unavailable
from imports_svc.pipeline.errors import PlanOutdated, StagingLost
from imports_svc.reading.chunks import Chunk
from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1 import bulk_pb2_grpc

SHORT_SECONDS = 10.0
STAGE_SECONDS = 60.0
PLAN_SECONDS = 900.0
APPLY_SECONDS = 120.0
# A minute in all: what a restart of the catalogue takes many times over.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
PLAN_PAGE = 5000
# Each has two titles of up to 500 letters, and a message at most 4 MiB.
PROBLEM_PAGE = 1000

Q = TypeVar("Q")
R = TypeVar("R")


class Catalogue:
    """Calls that may be repeated, because every method of the bulk service does its work once.

    All raise PlanOutdated, StagingLost, and, after a minute of trying, Unavailable or Aborted.
    """

    def __init__(self, stub: "bulk_pb2_grpc.BulkServiceAsyncStub") -> None:
        self._stub = stub

    async def suppliers(self, names: Sequence[str]) -> Sequence[pb.SupplierFacts]:
        """What suppliers of these names are to the shop."""
        request = pb.DescribeSuppliersRequest(names=names)
        return (await self._call(self._stub.DescribeSuppliers, request, SHORT_SECONDS)).suppliers

    async def open_run(
        self, run_id: UUID, supplier_name: str, columns: Sequence[str], created_by: str, *, partial: bool = False
    ) -> pb.Run:
        """Begin a run; `partial`: what its rows don't name stays as it is."""
        request = pb.OpenRunRequest(
            run_id=str(run_id), supplier_name=supplier_name, columns=columns, created_by=created_by, complete=not partial
        )
        return await self._call(self._stub.OpenRun, request, SHORT_SECONDS)

    async def stage(self, run_id: UUID, chunk: Chunk) -> None:
        request = pb.StageChunkRequest(run_id=str(run_id), seq=chunk.seq, data=chunk.data, sha256=chunk.sha256, rows=chunk.rows)
        await self._call(self._stub.StageChunk, request, STAGE_SECONDS)

    async def build_plan(self, run_id: UUID) -> pb.Run:
        return await self._call(self._stub.BuildPlan, pb.BuildPlanRequest(run_id=str(run_id)), PLAN_SECONDS)

    async def apply_batch(self, run_id: UUID, batch: int, plan_hash: str) -> None:
        request = pb.ApplyBatchRequest(run_id=str(run_id), batch=batch, plan_hash=plan_hash)
        await self._call(self._stub.ApplyBatch, request, APPLY_SECONDS)

    async def index_batch(self, run_id: UUID, batch: int) -> None:
        await self._call(self._stub.IndexBatch, pb.IndexBatchRequest(run_id=str(run_id), batch=batch), APPLY_SECONDS)

    async def finish_run(self, run_id: UUID) -> pb.Run:
        return await self._call(self._stub.FinishRun, pb.FinishRunRequest(run_id=str(run_id)), APPLY_SECONDS)

    async def get_run(self, run_id: UUID) -> pb.Run:
        return await self._call(self._stub.GetRun, pb.GetRunRequest(run_id=str(run_id)), SHORT_SECONDS)

    async def abandon_run(self, run_id: UUID) -> pb.Run | None:
        """One attempt only; None for a run the catalogue never heard of: it is abandoned already."""
        try:
            return await self._stub.AbandonRun(pb.AbandonRunRequest(run_id=str(run_id)), timeout=SHORT_SECONDS)
        except NotFound:
            return None

    async def plan_rows(self, run_id: UUID, kind: "pb.PlanRow.Kind.ValueType") -> AsyncIterator[Sequence[pb.PlanRow]]:
        """Pages of the plan's rows of one kind, in file order."""
        after = 0
        while True:
            request = pb.ListPlanRowsRequest(run_id=str(run_id), kind=kind, after_row=after, limit=PLAN_PAGE)
            rows = (await self._call(self._stub.ListPlanRows, request, STAGE_SECONDS)).rows
            if rows:
                yield rows
            if len(rows) < PLAN_PAGE:
                return
            after = rows[-1].row_no

    async def our_sku_problems(self, run_id: UUID) -> AsyncIterator[Sequence[pb.OurSkuProblem]]:
        """Pages of the rows whose word about our SKU the plan could not follow, in file order."""
        after = 0
        while True:
            request = pb.ListOurSkuProblemsRequest(run_id=str(run_id), after_row=after, limit=PROBLEM_PAGE)
            problems = (await self._call(self._stub.ListOurSkuProblems, request, STAGE_SECONDS)).problems
            if problems:
                yield problems
            if len(problems) < PROBLEM_PAGE:
                return
            after = problems[-1].row_no

    async def tie_problems(self, run_id: UUID) -> AsyncIterator[Sequence[pb.TieProblem]]:
        """Pages of the own list's rows whose ties are refused or wait, in file order."""
        after = 0
        while True:
            request = pb.ListTieProblemsRequest(run_id=str(run_id), after_row=after, limit=PROBLEM_PAGE)
            problems = (await self._call(self._stub.ListTieProblems, request, STAGE_SECONDS)).problems
            if problems:
                yield problems
            if len(problems) < PROBLEM_PAGE:
                return
            after = problems[-1].row_no

    async def shared_gtins(self, run_id: UUID) -> AsyncIterator[Sequence[pb.SharedGtin]]:
        """Pages of the rows whose GTIN other references of the run have, too, in file order."""
        after = 0
        while True:
            request = pb.ListSharedGtinsRequest(run_id=str(run_id), after_row=after, limit=PLAN_PAGE)
            rows = (await self._call(self._stub.ListSharedGtins, request, STAGE_SECONDS)).rows
            if rows:
                yield rows
            if len(rows) < PLAN_PAGE:
                return
            after = rows[-1].row_no

    async def changed_gtins(self, run_id: UUID) -> AsyncIterator[Sequence[pb.ChangedGtin]]:
        """Pages of the rows whose known offer has another GTIN than before, in file order."""
        after = 0
        while True:
            request = pb.ListChangedGtinsRequest(run_id=str(run_id), after_row=after, limit=PROBLEM_PAGE)
            rows = (await self._call(self._stub.ListChangedGtins, request, STAGE_SECONDS)).rows
            if rows:
                yield rows
            if len(rows) < PROBLEM_PAGE:
                return
            after = rows[-1].row_no

    async def _call(self, method: grpc.aio.UnaryUnaryMultiCallable[Q, R], request: Q, seconds: float) -> R:
        for pause in (*PAUSES, None):
            try:
                return await method(request, timeout=seconds)
            except FailedPrecondition as error:
                raise PlanOutdated(error.message) from error
            except (Unavailable, Aborted) as error:
                if error.reason == "STAGING_LOST":
                    raise StagingLost from error
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")
