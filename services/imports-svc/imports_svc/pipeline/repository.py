"""What the pipeline writes in bulk, and what it counts. Sessions come from Lease.transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.db import driver_connection
from chassis.statements import copy
from chassis.times import now
from imports_svc.feeds.fields import ENCODING
from imports_svc.feeds.tables import MISSING, RECORDS, SHEETS, Earlier
from imports_svc.jobs.ledger import COUNTS
from imports_svc.jobs.models import CONFIRMABLE, PLAN_LIFE, Chunk, Job, Run, Template
from imports_svc.jobs.problems import Lines, Problem

PROBLEM_COLUMNS = ("job_id", "run_id", "row_no", "outcome", "reasons", "values")

_TOLD = "CREATE TEMP TABLE IF NOT EXISTS told (LIKE import_errors INCLUDING DEFAULTS) ON COMMIT DROP"
_ADD_TOLD = """
INSERT INTO import_errors AS known (job_id, run_id, row_no, outcome, reasons, values, planned)
SELECT job_id, run_id, row_no, outcome, reasons, '{}', values FROM told
ON CONFLICT (job_id, row_no, outcome) DO UPDATE
SET reasons = known.reasons || excluded.reasons, planned = known.planned || excluded.planned
"""
# By the job, which has an index; of several runs in one file each takes back its own.
_FORGET = """
DELETE FROM import_errors
WHERE job_id = (SELECT job_id FROM import_runs WHERE id = $1) AND run_id = $1 AND reasons <@ $2::text[]
"""
_TAKE_BACK = """
UPDATE import_errors
SET reasons = ARRAY(SELECT reason FROM unnest(reasons) WITH ORDINALITY AS r (reason, place)
                    WHERE reason <> ALL ($2::text[]) ORDER BY place),
    planned = '{}'
WHERE job_id = (SELECT job_id FROM import_runs WHERE id = $1) AND run_id = $1 AND reasons && $2::text[]
"""


@dataclass
class Tally:
    """Rows of one run among the problems: by outcome and by reason."""

    outcomes: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)


class PipelineRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def runs(self, job_id: UUID) -> Sequence[Run]:
        """The job's present runs, oldest first."""
        statement = select(Run).where(Run.job_id == job_id, Run.state != "superseded").order_by(Run.id)
        return (await self._session.scalars(statement)).all()

    async def run(self, run_id: UUID) -> Run:
        return await self._session.get_one(Run, run_id)

    async def paused_beside(self, job_id: UUID) -> UUID | None:
        """A paused job that has begun to apply a run of one of this job's suppliers: until it ends nobody else may."""
        names = select(func.lower(Run.supplier_name)).where(Run.job_id == job_id, Run.state != "superseded")
        begun = (
            select(Job.id)
            .join(Run, Run.job_id == Job.id)
            .where(Job.state == "paused", Run.state == "applying", func.lower(Run.supplier_name).in_(names))
        )
        found: UUID | None = await self._session.scalar(begun.limit(1))
        return found

    async def overtaken_by(self, job: Job) -> UUID | None:
        """A job with a later file of one of this job's suppliers that was applied, be it in part."""
        names = select(func.lower(Run.supplier_name)).where(Run.job_id == job.id, Run.state != "superseded")
        later = (
            select(Job.id)
            .join(Run, Run.job_id == Job.id)
            .where(
                tuple_(Job.create_time, Job.id) > (job.create_time, job.id),
                or_(Run.state == "applied", Run.batches_applied > 0),
                func.lower(Run.supplier_name).in_(names),
            )
        )
        found: UUID | None = await self._session.scalar(later.limit(1))
        return found

    async def job(self, job_id: UUID) -> Job:
        return await self._session.get_one(Job, job_id)

    async def chunks(self, job_id: UUID) -> dict[tuple[UUID, int], Chunk]:
        """Every chunk recorded for the job's present runs."""
        statement = select(Chunk).join(Run, Run.id == Chunk.run_id).where(Run.job_id == job_id, Run.state != "superseded")
        return {(chunk.run_id, chunk.seq): chunk for chunk in await self._session.scalars(statement)}

    async def record_chunks(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Note chunks (run_id, seq, sha256) as staged."""
        if rows:
            statement = upsert(Chunk).on_conflict_do_update(index_elements=["run_id", "seq"], set_={"staged": True})
            await self._session.execute(statement, [{"staged": True, **row} for row in rows])

    async def forget_chunks(self, job_id: UUID) -> None:
        """Note that what was staged for the job's runs that are not applied must be staged again."""
        await self._session.execute(update(Chunk).where(Chunk.run_id.in_(_pending(job_id))).values(staged=False))

    async def has_lost_chunks(self, job_id: UUID) -> bool:
        """Whether something must be staged again."""
        lost = select(Chunk.seq).where(Chunk.run_id.in_(_pending(job_id)), ~Chunk.staged).limit(1)
        return await self._session.scalar(lost) is not None

    async def copy_problems(self, csv: bytes) -> None:
        """Write problems given as CSV in the order of PROBLEM_COLUMNS."""
        if csv:
            connection = await driver_connection(self._session)
            await copy(connection, Problem.__tablename__, PROBLEM_COLUMNS, csv)

    async def add_problems(self, csv: bytes) -> None:
        """Write problems of rows that may have some already, given as CSV in the order of PROBLEM_COLUMNS."""
        connection = await driver_connection(self._session)
        await connection.execute(_TOLD)
        await copy(connection, "told", PROBLEM_COLUMNS, csv)
        await connection.execute(_ADD_TOLD)

    async def forget_reasons(self, run_id: UUID, reasons: Sequence[str]) -> None:
        """Take these reasons of a former plan back from the run's problems, with all it said; one without any other goes."""
        connection = await driver_connection(self._session)
        await connection.execute(_FORGET, run_id, list(reasons))
        await connection.execute(_TAKE_BACK, run_id, list(reasons))

    async def delete_problems(self, job_id: UUID, *, outcome: str | None = None) -> None:
        """Forget the job's problems, but those of runs that are applied."""
        applied = select(Run.id).where(Run.job_id == job_id, Run.state == "applied")
        statement = delete(Problem).where(Problem.job_id == job_id, Problem.run_id.not_in(applied))
        if outcome is not None:
            statement = statement.where(Problem.outcome == outcome)
        await self._session.execute(statement)

    async def keep_lines(self, job_id: UUID, parts: Mapping[int, bytes]) -> None:
        """Keep which lines of the file rows begin in: parts by their first rows; those that are kept already are the same."""
        if parts:
            rows = [{"job_id": job_id, "first_row": first, "packed": part} for first, part in parts.items()]
            await self._session.execute(upsert(Lines).on_conflict_do_nothing(), rows)

    async def delete_lines(self, job_id: UUID) -> None:
        await self._session.execute(delete(Lines).where(Lines.job_id == job_id))

    async def delete_conflicts(self, job_id: UUID, run_id: UUID) -> None:
        await self._session.execute(
            delete(Problem).where(Problem.job_id == job_id, Problem.run_id == run_id, Problem.reasons == ["conflict"])
        )

    async def tallies(self, job_id: UUID) -> dict[UUID, Tally]:
        """What the problems of each run add up to."""
        found: dict[UUID, Tally] = {}
        outcomes = (
            select(Problem.run_id, Problem.outcome, func.count())
            .where(Problem.job_id == job_id)
            .group_by(Problem.run_id, Problem.outcome)
        )
        for run_id, outcome, count in await self._session.execute(outcomes):
            found.setdefault(run_id, Tally()).outcomes[outcome] = count
        reason = func.unnest(Problem.reasons).label("reason")
        listed = select(Problem.run_id, reason).where(Problem.job_id == job_id).subquery()
        reasons = select(listed.c.run_id, listed.c.reason, func.count()).group_by(listed.c.run_id, listed.c.reason)
        for run_id, name, count in await self._session.execute(reasons):
            found[run_id].reasons[name] = count
        return found

    async def template(self, supplier_name: str, header_hash: str) -> Template | None:
        return await self._session.get(Template, (supplier_name.lower(), header_hash))

    async def accepted(self, supplier_name: str) -> set[str]:
        """Names of the doubts that were accepted for files of this supplier."""
        kept = select(Template.accepted).where(Template.supplier_name == supplier_name.lower())
        return {name for names in await self._session.scalars(kept) for name in names}

    async def chosen_tables(self, supplier_name: str) -> Earlier:
        """What was chosen for files of this supplier that have several tables."""
        statement = (
            select(Template.tables_are, Template.chosen)
            .where(Template.supplier_name == supplier_name.lower(), Template.chosen != "")
            .order_by(Template.update_time.desc())
        )
        found = [(tables_are, chosen) for tables_are, chosen in await self._session.execute(statement)]
        sheets, records = (dict.fromkeys(chosen for each, chosen in found if each == kind) for kind in (SHEETS, RECORDS))
        return Earlier(tuple(sheets), tuple(records))

    async def said_encoding(self, supplier_name: str) -> str:
        """The encoding that was said of a file of this supplier, the latest one, "" for none."""
        said = Template.mapping[ENCODING].astext
        statement = (
            select(said)
            .where(Template.supplier_name == supplier_name.lower(), said.is_not(None))
            .order_by(Template.update_time.desc())
            .limit(1)
        )
        return await self._session.scalar(statement) or ""

    async def remember_table(self, job: Job, header_hash: str) -> None:
        """Keep which table was chosen, beside all else that is remembered of files with this header."""
        kept = update(Template).where(Template.supplier_name == job.supplier_name.lower(), Template.header_hash == header_hash)
        if chosen := _chosen_table(job):
            await self._session.execute(kept.values(**chosen, update_time=now()))

    async def remember(self, job: Job, header_hash: str, mapping: dict[str, str], accepted: Sequence[str]) -> None:
        """Keep the mapping, the table and the accepted doubts for the supplier's next file with this header.

        A doubt that this file has not was accepted all the same, and does not come back with the next one.
        """
        known = await self.template(job.supplier_name, header_hash)
        accepted = sorted({*(known.accepted if known else ()), *accepted})
        if job.overrides.get(ENCODING) == "":
            # Other letters make another header: what was said is forgotten for all of them.
            of_supplier = update(Template).where(Template.supplier_name == job.supplier_name.lower())
            await self._session.execute(of_supplier.values(mapping=Template.mapping.op("-")(ENCODING)))
        values = {"mapping": mapping, "accepted": accepted, "job_id": job.id, "update_time": now()} | _chosen_table(job)
        await self._session.execute(
            upsert(Template)
            .values(supplier_name=job.supplier_name.lower(), header_hash=header_hash, **values)
            .on_conflict_do_update(index_elements=["supplier_name", "header_hash"], set_=values)
        )

    async def copy_outcome(self, source: Job, target: Job) -> None:
        """Give `target` the runs and problems of `source`, a job of equal rows: what that took in is unchanged now."""
        for old in await self.runs(source.id):
            run = Run(job_id=target.id, supplier_name=old.supplier_name, supplier_id=old.supplier_id, state="applied")
            for name in COUNTS:
                setattr(run, name, 0)
            run.read, run.rejected, run.skipped, run.warnings = old.read, old.rejected, old.skipped, old.warnings
            run.unchanged = old.created + old.updated + old.unchanged
            run.reasons = old.reasons
            self._session.add(run)
            await self._session.flush()
            kept = [Problem.row_no, Problem.outcome, Problem.reasons, Problem.values, Problem.planned]
            copied = select(literal(target.id), literal(run.id), *kept).where(
                Problem.job_id == source.id, Problem.run_id == old.id
            )
            names = ["job_id", "run_id", *(column.key for column in kept)]
            await self._session.execute(insert(Problem).from_select(names, copied))
        lines = select(literal(target.id), Lines.first_row, Lines.packed).where(Lines.job_id == source.id)
        await self._session.execute(insert(Lines).from_select(["job_id", "first_row", "packed"], lines))

    async def expired(self) -> Sequence[Job]:
        """Jobs whose plan has waited too long for a person, locked."""
        waited = Job.state.in_(CONFIRMABLE) & (Job.update_time < now() - PLAN_LIFE)
        return (await self._session.scalars(select(Job).where(waited).with_for_update(skip_locked=True))).all()

    async def leftovers(self) -> Sequence[UUID]:
        """Runs given up of which the catalogue may still hold staged rows or a plan."""
        given_up = or_(Run.state == "superseded", Job.state.in_(["cancelled", "failed"]))
        statement = select(Run.id).join(Job, Job.id == Run.job_id).where(Run.open, given_up)
        return (await self._session.scalars(statement)).all()


def _chosen_table(job: Job) -> dict[str, str]:
    """What a template keeps of the tables of the job's file: nothing of a file that has only one by its nature."""
    shape = (job.inspection or {}).get("shape", {})
    if not shape.get("tables_are"):
        return {}
    # Who said yes to what was read in the place of a choice has chosen that.
    missing = any(doubt.code in MISSING for doubt in job.all_doubts)
    chosen = shape.get("chosen", "") or (shape.get("instead", "") if missing else "")
    return {"tables_are": shape["tables_are"], "chosen": chosen}


def _pending(job_id: UUID) -> Select[tuple[UUID]]:
    return select(Run.id).where(Run.job_id == job_id, Run.state.in_(["staging", "planned", "applying"]))
