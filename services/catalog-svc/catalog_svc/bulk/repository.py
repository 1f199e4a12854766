"""Runs, their chunks and batches in the database."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from catalog_svc.bulk import plan, settling, sku_ties
from catalog_svc.bulk.apply import Applied, BatchApply
from catalog_svc.bulk.columns import Layout
from catalog_svc.bulk.errors import (
    ChunkDiffers,
    ChunkUnreadable,
    ContractBroken,
    NoSuchBatch,
    RunNotFound,
    StagingLost,
    WrongState,
)
from catalog_svc.bulk.index import index_batch
from catalog_svc.bulk.our_skus import count_problems
from catalog_svc.bulk.shared_gtins import count_shared
from catalog_svc.bulk.taxonomy import create_taxonomy
from catalog_svc.changes.repository import cursor_before
from chassis.counts import counted
from chassis.db import Connection, note_change
from chassis.ids import uuid7
from chassis.statements import copy
from events.outbox import Fact, emit_on
from pm.catalog.v1.events_pb2 import ProductsChanged

_RUN = """
SELECT r.*, s.name AS supplier_name, s.default_currency, s.own_list, s.epoch AS supplier_epoch, s.applying_run_id,
       to_regclass('staging.settled_' || replace(r.id::text, '-', '')) IS NOT NULL AS settled,
       (SELECT count(*) FROM run_batches b WHERE b.run_id = r.id)::int AS batch_count,
       (SELECT count(*) FROM run_batches b WHERE b.run_id = r.id AND apply_time IS NOT NULL)::int AS batches_applied,
       (SELECT count(*) FROM run_batches b WHERE b.run_id = r.id AND index_time IS NOT NULL)::int AS batches_indexed
FROM runs r JOIN suppliers s ON s.id = r.supplier_id WHERE r.id = $1
"""
_APPLIED = """
SELECT coalesce(sum(created), 0)::int AS created, coalesce(sum(updated), 0)::int AS updated,
       coalesce(sum(conflict), 0)::int AS conflict, coalesce(sum(products_created), 0)::int AS products_created,
       coalesce(sum(products_changed), 0)::int AS products_changed, coalesce(sum(vanished), 0)::int AS vanished
FROM run_batches WHERE run_id = $1 AND apply_time IS NOT NULL
"""
# A supplier that an import created is as old as its first run: both are of one transaction.
_UNUSED = """
SELECT EXISTS (SELECT FROM runs r WHERE r.supplier_id = s.id AND r.create_time = s.create_time)
   AND NOT EXISTS (SELECT FROM runs r WHERE r.supplier_id = s.id AND r.state <> 'abandoned')
   AND NOT EXISTS (SELECT FROM supplier_products o WHERE o.supplier_id = s.id)
FROM (SELECT * FROM suppliers WHERE id = $1 FOR UPDATE) s WHERE s.version = 1
"""
_UNSTAGED = "SELECT EXISTS (SELECT FROM run_chunks WHERE run_id = $1 AND NOT staged)"


class RunRepository:
    """All SQL of the bulk path but the plan's and the batches' own statements."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, run_id: UUID, *, lock: str = "", share: bool = False) -> asyncpg.Record:
        """The run with its supplier; `lock` names what nobody else may change meanwhile: `r` the run, `s` the supplier.

        With `share` others may hold the same lock, as batches that are applied side by side do.
        """
        strength = "SHARE" if share else "NO KEY UPDATE"
        row = await self._connection.fetchrow(_RUN + (f" FOR {strength} OF {lock}" if lock else ""), run_id)
        if row is None:
            raise RunNotFound(run_id)
        return row

    async def supplier_named(self, name: str, default_currency: str) -> asyncpg.Record:
        """The supplier of this name without regard to case, created when it is new."""
        note_change("suppliers")
        while True:
            await self._connection.execute(
                "INSERT INTO suppliers (id, name, default_currency) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                uuid7(),
                name,
                default_currency,
            )
            row = await self._connection.fetchrow("SELECT * FROM suppliers WHERE lower(name) = lower($1) FOR KEY SHARE", name)
            # Else an abandoned run took it with it at this moment.
            if row is not None:
                return row

    async def create(
        self, run_id: UUID, supplier: asyncpg.Record, columns: Sequence[str], created_by: UUID | None, *, partial: bool
    ) -> bool:
        """Insert the run and its staging table; False when the run was opened before."""
        status = await self._connection.execute(
            "INSERT INTO runs (id, supplier_id, columns, product_base, offer_base, created_by, partial)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            run_id,
            supplier["id"],
            list(columns),
            uuid7().hex[:24],
            uuid7().hex[:24],
            created_by,
            partial,
        )
        if status.endswith(" 0"):
            return False
        await self._connection.execute("SELECT ensure_change_log_partition(current_date)")
        await plan.create_staging(self._connection, run_id, Layout(tuple(columns), supplier["default_currency"]))
        return True

    async def applied(self, run_id: UUID) -> asyncpg.Record:
        """What the batches of the run have done so far, as the names of its ledger."""
        row = await self._connection.fetchrow(_APPLIED, run_id)
        assert row is not None, "sums are always one row"
        return row

    async def prove_staging(self, run: asyncpg.Record, *, complete: bool = True) -> None:
        """Raise StagingLost when rows of staged chunks are gone or, where all are needed, have not come again yet."""
        if run["state"] not in ("staging", "planned", "applying"):
            raise WrongState("staging, planned or applying", run["state"])
        if await self._staging_empty(run["id"]) or (complete and await self._connection.fetchval(_UNSTAGED, run["id"])):
            raise StagingLost

    async def _staging_empty(self, run_id: UUID) -> bool:
        """Whether staged rows are gone: a crash of the database empties unlogged tables."""
        return bool(
            await self._connection.fetchval(
                "SELECT EXISTS (SELECT FROM run_chunks WHERE run_id = $1 AND rows > 0 AND staged)"
                f" AND NOT EXISTS (SELECT FROM {plan.staging_table(run_id)})",
                run_id,
            )
        )

    async def stage(self, run: asyncpg.Record, seq: int, data: bytes, sha256: bytes, rows: int) -> bool:
        """Copy a chunk in once; False when it is there. After a crash the recorded hashes hold the same rows to their place."""
        known = await self._connection.fetchrow(
            "SELECT sha256, staged FROM run_chunks WHERE run_id = $1 AND seq = $2 FOR UPDATE", run["id"], seq
        )
        if known is not None and known["sha256"] != sha256:
            raise ChunkDiffers(seq)
        if known is not None and known["staged"]:
            return False
        await self._connection.execute(
            "INSERT INTO run_chunks (run_id, seq, sha256, rows) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (run_id, seq) DO UPDATE SET staged = true",
            run["id"],
            seq,
            sha256,
            rows,
        )
        await self._copy(run, seq, data, rows)
        return True

    async def _copy(self, run: asyncpg.Record, seq: int, data: bytes, rows: int) -> None:
        columns = ["row_no", *layout_of(run).staged.values()]
        try:
            copied = await copy(self._connection, plan.staging_table(run["id"]), columns, data)
        except asyncpg.DataError as error:
            raise ChunkUnreadable(seq, str(error)) from error
        if copied != rows:
            raise ChunkUnreadable(seq, f"{counted(rows, 'row was', 'rows were')} announced, {copied:,} arrived")

    async def forget_lost_staging(self, run_id: UUID) -> None:
        """Let every chunk be staged again under its recorded hash, if the rows are gone."""
        if await self._staging_empty(run_id):
            await self._connection.execute("UPDATE run_chunks SET staged = false WHERE run_id = $1", run_id)

    async def build_plan(self, run: asyncpg.Record, batch_rows: int) -> int:
        """Write plan, batches of so many rows and planned ledger; returns how many known offers have another GTIN, or none."""
        run_id, tied = run["id"], await sku_ties.has_ties(self._connection, run["supplier_id"])
        layout = layout_of(run, tied=tied)
        await plan.build(self._connection, run_id, run["supplier_id"], layout, (run["product_base"], run["offer_base"]))
        table = plan.plan_table(run_id)
        if tied != run["tied"]:
            await self._connection.execute("UPDATE runs SET tied = $2 WHERE id = $1", run_id, tied)
        if layout.ties:
            await sku_ties.count(self._connection, run_id, run["supplier_id"], plan.staging_table(run_id), table)
        await self._connection.execute("DELETE FROM run_batches WHERE run_id = $1", run_id)
        await self._connection.execute(plan.BATCHES.format(plan=table), run_id, batch_rows)
        summary = await settling.summed(self._connection, run_id, layout, run["product_base"])
        skipped, told = await count_problems(self._connection, run_id) if layout.our_sku else (0, 0)
        shared = await count_shared(self._connection, run_id) if "gtin" in layout.columns else 0
        staged = await self._connection.fetchval("SELECT coalesce(sum(rows), 0)::int FROM run_chunks WHERE run_id = $1", run_id)
        chunks = await self._connection.fetch("SELECT sha256 FROM run_chunks WHERE run_id = $1 ORDER BY seq", run_id)
        digest = hashlib.sha256(b"".join(row["sha256"] for row in chunks))
        digest.update(f"{run['columns']} {run['default_currency']} {summary['digest']}".encode())
        await self._connection.execute(
            """
            UPDATE runs SET state = 'planned', epoch = $2, plan_hash = $3, staged = $4, created = $5, updated = $6,
                   duplicate_in_file = $7, unchanged = $4::int - $5::int - $6::int - $7::int - $11::int, vanished = $8,
                   products_created = $9, products_changed = $10, conflict = 0, our_sku_conflict = $11, our_sku_told = $12,
                   gtin_shared = $13
            WHERE id = $1""",
            run_id,
            run["supplier_epoch"],
            digest.hexdigest(),
            staged,
            summary["created"],
            summary["updated"],
            summary["duplicate_in_file"],
            summary["vanished"],
            summary["products_created"],
            summary["products_changed"],
            skipped,
            told,
            shared,
        )
        return int(summary["other_gtins"])

    async def begin_apply(self, run: asyncpg.Record) -> None:
        """Move the supplier's epoch, so that every other plan of it becomes stale, and create brands and categories."""
        await self._connection.execute(
            "UPDATE suppliers SET epoch = epoch + 1, applying_run_id = $2 WHERE id = $1", run["supplier_id"], run["id"]
        )
        await self._connection.execute("UPDATE runs SET state = 'applying' WHERE id = $1", run["id"])
        await create_taxonomy(self._connection, run["id"], layout_of(run))

    async def batch(self, run_id: UUID, batch: int) -> asyncpg.Record:
        row = await self._connection.fetchrow(
            "SELECT * FROM run_batches WHERE run_id = $1 AND batch = $2 FOR UPDATE", run_id, batch
        )
        if row is None:
            raise NoSuchBatch(batch)
        return row

    async def apply_batch(self, run: asyncpg.Record, batch: asyncpg.Record) -> Applied:
        """Apply the rows of a batch, write its line of the ledger and tell other services."""
        rows = (batch["first_row"], batch["last_row"])
        try:
            applied = await BatchApply(self._connection, run, layout_of(run), rows).run()
        except asyncpg.CheckViolationError as error:
            raise ContractBroken(str(error.constraint_name)) from error
        counts = (applied.created, applied.updated, applied.conflict, applied.products_created, applied.products_changed)
        await self._connection.execute(
            "UPDATE run_batches SET apply_time = now(), created = $3, updated = $4, conflict = $5, products_created = $6,"
            " products_changed = $7, reindex = $8, vanished = $9 WHERE run_id = $1 AND batch = $2",
            *(run["id"], batch["batch"], *counts, applied.reindex, applied.vanished),
        )
        if count := applied.products_created + applied.products_changed:
            told = ProductsChanged(run_id=str(run["id"]), first=rows[0], last=rows[1], count=count, fields=sorted(applied.fields))
            told.merges.extend(applied.merges)
            told.changes_cursor = await cursor_before(self._connection)
            await emit_on(self._connection, Fact(str(run["id"]), told))
        return applied

    async def index_batch(self, run_id: UUID, batch: asyncpg.Record) -> None:
        """Let the search catch up with an applied batch, and write that down."""
        await index_batch(self._connection, run_id, (batch["first_row"], batch["last_row"]), batch["reindex"])
        await self._connection.execute(
            "UPDATE run_batches SET index_time = now(), reindex = '{}' WHERE run_id = $1 AND batch = $2", run_id, batch["batch"]
        )

    async def unindexed(self, run_id: UUID) -> list[int]:
        """Applied batches that the search does not know yet."""
        rows = await self._connection.fetch(
            "SELECT batch FROM run_batches WHERE run_id = $1 AND apply_time IS NOT NULL AND index_time IS NULL ORDER BY batch",
            run_id,
        )
        return [row["batch"] for row in rows]

    async def finish(self, run: asyncpg.Record) -> None:
        """Replace the planned counts by what the batches did, write the ties of our SKUs, and let go of the rows."""
        if layout_of(run).ties:
            await sku_ties.write(self._connection, run["id"], run["supplier_id"])
            note_change("suppliers")
        await self._connection.execute(
            f"""
            UPDATE runs r SET state = 'applied', end_time = now(), created = b.created, updated = b.updated,
                   conflict = b.conflict, products_created = b.products_created, products_changed = b.products_changed,
                   vanished = CASE WHEN r.partial THEN r.vanished ELSE b.vanished END
            FROM ({_APPLIED}) b
            WHERE r.id = $1""",
            run["id"],
        )
        await self._release(run)

    async def abandon(self, run: asyncpg.Record) -> None:
        await self._connection.execute("UPDATE runs SET state = 'abandoned', end_time = now() WHERE id = $1", run["id"])
        await self._release(run)

    async def drop_unused_supplier(self, supplier_id: UUID) -> None:
        """Remove a supplier that an import created and nothing came of, with its runs: it has no offer, and nobody edited it."""
        if await self._connection.fetchval(_UNUSED, supplier_id):
            await self._connection.execute("DELETE FROM runs WHERE supplier_id = $1", supplier_id)
            await self._connection.execute("DELETE FROM suppliers WHERE id = $1", supplier_id)
            note_change("suppliers")

    async def _release(self, run: asyncpg.Record) -> None:
        if run["applying_run_id"] == run["id"]:
            await self._connection.execute(
                "UPDATE suppliers SET epoch = epoch + 1, applying_run_id = NULL WHERE id = $1", run["supplier_id"]
            )
        await plan.drop_tables(self._connection, run["id"])


def layout_of(run: asyncpg.Record, *, tied: bool | None = None) -> Layout:
    """The columns of the run; `tied` where that is known better than when it was planned."""
    ties = sku_ties.ties_table(run["id"]) if (run["tied"] if tied is None else tied) else ""
    return Layout(tuple(run["columns"]), run["default_currency"], run["own_list"], ties, run["partial"])
