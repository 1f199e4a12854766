"""BulkService: one RPC is one transaction, and each may be called again."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from catalog_svc.bulk import changed_gtins, sku_ties
from catalog_svc.bulk.columns import known
from catalog_svc.bulk.errors import (
    BatchContended,
    BatchesOpen,
    BatchNotApplied,
    ChunkDamaged,
    MissingRef,
    PlanChanged,
    RunStale,
    StagingLost,
    UnknownColumns,
    WrongState,
)
from catalog_svc.bulk.listing import list_our_sku_problems, list_rows, list_shared_gtins
from catalog_svc.bulk.plan import BATCH_ROWS
from catalog_svc.bulk.repository import RunRepository
from catalog_svc.settings import DOMAIN
from chassis import auth
from chassis.db import Connection, Database, driver_connection, note_change
from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1 import bulk_pb2_grpc

# Measured: hash and merge joins of whole ranges beat nested loops, and each plan must see its own range.
BULK_SETTINGS = {"work_mem": "64MB", "plan_cache_mode": "force_custom_plan", "jit": "off"}
PLAN_SETTINGS = BULK_SETTINGS | {"work_mem": "128MB", "maintenance_work_mem": "256MB"}
DEFAULT_LIST_LIMIT = 500


class BulkServicer(bulk_pb2_grpc.BulkServiceServicer):
    """Stages, plans and applies runs; `default_currency` is that of suppliers created here."""

    def __init__(self, database: Database, default_currency: str, batch_rows: int = BATCH_ROWS) -> None:
        self._database = database
        self._batch_rows = batch_rows
        self._default_currency = default_currency

    async def DescribeSuppliers(self, request: pb.DescribeSuppliersRequest, context: Any) -> pb.DescribeSuppliersResponse:
        async with self._runs() as (_, connection):
            return pb.DescribeSuppliersResponse(suppliers=await sku_ties.describe(connection, list(request.names)))

    async def OpenRun(self, request: pb.OpenRunRequest, context: Any) -> pb.Run:
        columns = list(dict.fromkeys(request.columns))
        if unknown := [name for name in columns if not known(name)]:
            raise UnknownColumns(unknown)
        if "ref" not in columns:
            raise MissingRef
        run_id = UUID(request.run_id)
        user = request.created_by or auth.current().act
        async with self._runs() as (runs, _):
            supplier = await runs.supplier_named(request.supplier_name.strip(), self._default_currency)
            await runs.create(run_id, supplier, columns, UUID(user) if user else None, partial=not request.complete)
            return run_message(await runs.get(run_id))

    async def StageChunk(self, request: pb.StageChunkRequest, context: Any) -> pb.StageChunkResponse:
        if hashlib.sha256(request.data).digest() != request.sha256:
            raise ChunkDamaged(request.seq)
        run_id = UUID(request.run_id)
        async with self._staged(run_id) as (runs, _):
            run = await runs.get(run_id)
            await runs.prove_staging(run, complete=False)
            staged = await runs.stage(run, request.seq, request.data, request.sha256, request.rows)
        return pb.StageChunkResponse(staged=staged)

    async def BuildPlan(self, request: pb.BuildPlanRequest, context: Any) -> pb.Run:
        run_id = UUID(request.run_id)
        async with self._staged(run_id, PLAN_SETTINGS) as (runs, connection):
            run = await runs.get(run_id, lock="r")
            if run["state"] not in ("staging", "planned"):
                raise WrongState("staging or planned", run["state"])
            await runs.prove_staging(run)
            others = await runs.build_plan(run, self._batch_rows)
            message = run_message(await runs.get(run_id))
            # Some of them had none before, or lose it.
            message.gtins_changed = await changed_gtins.count(connection, run_id) if others else 0
            return message

    async def ApplyBatch(self, request: pb.ApplyBatchRequest, context: Any) -> pb.ApplyBatchResponse:
        run_id = UUID(request.run_id)
        await self._begin_apply(run_id, request.plan_hash)
        async with self._staged(run_id, BULK_SETTINGS) as (runs, _):
            run = await runs.get(run_id, lock="r", share=True)
            batch = await runs.batch(run_id, request.batch)
            if batch["apply_time"] is None:
                await runs.prove_staging(run)
                applied = await runs.apply_batch(run, batch)
                note_change(DOMAIN)
                return pb.ApplyBatchResponse(created=applied.created, updated=applied.updated, conflict=applied.conflict)
            return pb.ApplyBatchResponse(created=batch["created"], updated=batch["updated"], conflict=batch["conflict"])

    async def IndexBatch(self, request: pb.IndexBatchRequest, context: Any) -> pb.IndexBatchResponse:
        await self._index(UUID(request.run_id), request.batch)
        return pb.IndexBatchResponse()

    async def _index(self, run_id: UUID, number: int) -> None:
        async with self._runs(BULK_SETTINGS) as (runs, _):
            await runs.get(run_id, lock="r", share=True)
            batch = await runs.batch(run_id, number)
            if batch["apply_time"] is None:
                raise BatchNotApplied(number)
            if batch["index_time"] is None:
                await runs.index_batch(run_id, batch)
                note_change(DOMAIN)

    async def _begin_apply(self, run_id: UUID, plan_hash: str) -> None:
        """Claim the supplier for this run on its first batch; refuse a plan that is not the confirmed one or is out of date."""
        async with self._runs(BULK_SETTINGS) as (runs, _):
            run = await runs.get(run_id)
            if run["plan_hash"] != plan_hash:
                raise PlanChanged
        if run["state"] == "planned":
            async with self._staged(run_id, BULK_SETTINGS) as (runs, _):
                run = await runs.get(run_id, lock="r, s")
                stale = run["epoch"] != run["supplier_epoch"] or run["applying_run_id"] is not None
                if run["state"] == "planned" and stale:
                    raise RunStale
                if run["state"] == "planned":
                    # Brands and categories are made of them.
                    await runs.prove_staging(run)
                    await runs.begin_apply(run)
        elif run["state"] not in ("applying", "applied"):
            raise WrongState("planned or applying", run["state"])

    async def FinishRun(self, request: pb.FinishRunRequest, context: Any) -> pb.Run:
        run_id = UUID(request.run_id)
        async with self._runs() as (runs, _):
            run = await runs.get(run_id, lock="r, s")
            if run["state"] not in ("planned", "applying", "applied"):
                raise WrongState("planned, applying or applied", run["state"])
            # A plan without a batch was never begun, so nothing has looked yet whether it is still true.
            if run["state"] == "planned" and run["epoch"] != run["supplier_epoch"]:
                raise RunStale
            if missing := run["batch_count"] - run["batches_indexed"]:
                raise BatchesOpen(missing)
            if run["state"] != "applied":
                await runs.finish(run)
                note_change(DOMAIN)
            return run_message(await runs.get(run_id))

    async def AbandonRun(self, request: pb.AbandonRunRequest, context: Any) -> pb.Run:
        run_id = UUID(request.run_id)
        async with self._runs() as (runs, _):
            unindexed = await runs.unindexed(run_id)
        # What was applied stays, so the search must know it before the plan that names it goes.
        for batch in unindexed:
            await self._index(run_id, batch)
        async with self._runs() as (runs, _):
            run = await runs.get(run_id, lock="r, s")
            if await runs.unindexed(run_id):
                raise BatchContended
            if run["state"] not in ("applied", "abandoned"):
                await runs.abandon(run)
                note_change(DOMAIN)
            message = run_message(await runs.get(run_id))
            message.applied.MergeFrom(pb.Ledger(**await runs.applied(run_id)))
            await runs.drop_unused_supplier(run["supplier_id"])
            return message

    async def GetRun(self, request: pb.GetRunRequest, context: Any) -> pb.Run:
        async with self._runs() as (runs, _):
            return run_message(await runs.get(UUID(request.run_id)))

    async def ListPlanRows(self, request: pb.ListPlanRowsRequest, context: Any) -> pb.ListPlanRowsResponse:
        run_id = UUID(request.run_id)
        async with self._staged(run_id) as (runs, connection):
            run = await runs.get(run_id)
            if run["state"] not in ("planned", "applying"):
                raise WrongState("planned or applying", run["state"])
            await runs.prove_staging(run)
            limit = request.limit or DEFAULT_LIST_LIMIT
            return pb.ListPlanRowsResponse(rows=await list_rows(connection, run, request, limit))

    async def ListOurSkuProblems(self, request: pb.ListOurSkuProblemsRequest, context: Any) -> pb.ListOurSkuProblemsResponse:
        async with self._runs() as (runs, connection):
            run = await runs.get(UUID(request.run_id))
            if run["state"] not in ("planned", "applying"):
                raise WrongState("planned or applying", run["state"])
            limit = request.limit or DEFAULT_LIST_LIMIT
            told = run["our_sku_conflict"] + run["our_sku_told"]
            problems = await list_our_sku_problems(connection, run["id"], request.after_row, limit) if told else []
            return pb.ListOurSkuProblemsResponse(problems=problems)

    async def ListTieProblems(self, request: pb.ListTieProblemsRequest, context: Any) -> pb.ListTieProblemsResponse:
        async with self._runs() as (runs, connection):
            run = await runs.get(UUID(request.run_id))
            if run["state"] not in ("planned", "applying"):
                raise WrongState("planned or applying", run["state"])
            limit = request.limit or DEFAULT_LIST_LIMIT
            told = await sku_ties.list_problems(connection, run["id"], request.after_row, limit) if run["ties_told"] else []
            return pb.ListTieProblemsResponse(problems=told)

    async def ListSharedGtins(self, request: pb.ListSharedGtinsRequest, context: Any) -> pb.ListSharedGtinsResponse:
        async with self._runs() as (runs, connection):
            run = await runs.get(UUID(request.run_id))
            if run["state"] not in ("planned", "applying"):
                raise WrongState("planned or applying", run["state"])
            limit = request.limit or DEFAULT_LIST_LIMIT
            rows = await list_shared_gtins(connection, run["id"], request.after_row, limit) if run["gtin_shared"] else []
            return pb.ListSharedGtinsResponse(rows=rows)

    async def ListChangedGtins(self, request: pb.ListChangedGtinsRequest, context: Any) -> pb.ListChangedGtinsResponse:
        async with self._staged(UUID(request.run_id)) as (runs, connection):
            run = await runs.get(UUID(request.run_id))
            if run["state"] != "planned":
                raise WrongState("planned", run["state"])
            await runs.prove_staging(run)
            limit = request.limit or DEFAULT_LIST_LIMIT
            told = "gtin" in run["columns"]
            rows = await changed_gtins.list_changed(connection, run["id"], request.after_row, limit) if told else []
            return pb.ListChangedGtinsResponse(rows=rows)

    @asynccontextmanager
    async def _staged(
        self, run_id: UUID, settings: dict[str, str] | None = None
    ) -> AsyncIterator[tuple[RunRepository, Connection]]:
        """As `_runs`, for what proves that the rows are staged: where that raises StagingLost, their chunks may come again.

        Proof and use are one transaction, which does not outlive a crash.
        """
        try:
            async with self._runs(settings) as opened:
                yield opened
        except StagingLost:
            async with self._runs() as (runs, _):
                await runs.forget_lost_staging(run_id)
            raise

    @asynccontextmanager
    async def _runs(self, settings: dict[str, str] | None = None) -> AsyncIterator[tuple[RunRepository, Connection]]:
        """One transaction, with PostgreSQL's settings for as long as it lasts."""
        async with self._database.transaction() as session:
            connection = await driver_connection(session)
            for name, value in (settings or {}).items():
                await connection.execute("SELECT set_config($1, $2, true)", name, value)
            yield RunRepository(connection), connection


def run_message(run: asyncpg.Record) -> pb.Run:
    """A run as its callers see it."""
    return pb.Run(
        id=str(run["id"]),
        supplier_id=str(run["supplier_id"]),
        supplier_name=run["supplier_name"],
        state=pb.Run.State.Value(f"STATE_{run['state'].upper()}"),
        plan_hash=run["plan_hash"] or "",
        batch_count=run["batch_count"],
        batches_applied=run["batches_applied"],
        batches_indexed=run["batches_indexed"],
        default_currency=run["default_currency"],
        own_list=run["own_list"],
        ledger=pb.Ledger(**{field.name: run[field.name] for field in pb.Ledger.DESCRIPTOR.fields}),
    )
