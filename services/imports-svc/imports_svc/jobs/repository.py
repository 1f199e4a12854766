"""Reading and writing jobs for the servicer."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Integer, event, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, joinedload, load_only

from chassis.db import note_change
from events.outbox import Fact, emit
from imports_svc.feeds.lines import FileLines
from imports_svc.jobs.errors import JobNotFound
from imports_svc.jobs.messages import ledger_proto
from imports_svc.jobs.models import FINAL, LIVE, File, Job, Run
from imports_svc.jobs.order import before_it
from imports_svc.jobs.problems import Lines, Problem
from pm.imports.v1 import imports_pb2 as pb
from pm.imports.v1.events_pb2 import ImportFinished, ImportHeld


class JobRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, job: Job) -> None:
        """A new job with its new file."""
        self._session.add(job)

    async def get(self, id: UUID, *, lock: bool = False) -> Job:
        """The job with its file; `lock` keeps others from changing it until the transaction ends. Raises JobNotFound."""
        statement = select(Job).options(joinedload(Job.file)).where(Job.id == id)
        if lock:
            statement = statement.with_for_update(key_share=True, of=Job)
        job = await self._session.scalar(statement)
        if job is None:
            raise JobNotFound(id)
        return job

    async def waited_for(self, job: Job) -> Job | None:
        """The first of the jobs, with their files, that have to be done before this one: a supplier's files keep their order."""
        if job.state not in LIVE:
            return None
        earlier = aliased(Job)
        statement = select(earlier).join(Job, Job.id == job.id).where(*before_it(earlier))
        first = statement.options(joinedload(earlier.file)).order_by(earlier.create_time, earlier.id)
        found: Job | None = await self._session.scalar(first.limit(1))
        return found

    async def tell(self, job: Job) -> None:
        """Tell other services that the job has ended or waits for a person; to be called where its state was changed."""
        if job.state not in {*FINAL, "held"}:
            return
        file = await self._session.get_one(File, job.file_id)
        told = {
            "job_id": str(job.id),
            "supplier_name": job.supplier_name,
            "file_name": file.name,
            "user_id": job.created_by,
        }
        if job.state == "held":
            await emit(self._session, Fact(str(job.id), ImportHeld(hold_reason=job.hold_reason, **told)))
            return
        finished = ImportFinished(
            state=pb.Job.State.Value(f"STATE_{job.state.upper()}"),
            ledger=ledger_proto(job),
            failure_reason=job.failure_reason,
            failure_message=job.failure_message,
            **told,
        )
        await emit(self._session, Fact(str(job.id), finished))

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Job]:
        """Jobs with their files, newest first, without what was found in the file."""
        light = [column for column in Job.__mapper__.column_attrs if column.key not in {"inspection", "mapping"}]
        statement = select(Job).options(joinedload(Job.file), load_only(*(getattr(Job, column.key) for column in light)))
        if after is not None:
            statement = statement.where(Job.id < after)
        return (await self._session.scalars(statement.order_by(Job.id.desc()).limit(limit))).all()

    async def runs(self, job_id: UUID) -> Sequence[Run]:
        """The job's present runs, oldest first."""
        statement = select(Run).where(Run.job_id == job_id, Run.state != "superseded").order_by(Run.id)
        return (await self._session.scalars(statement)).all()

    async def touched(self, job_id: UUID) -> bool:
        """Whether a run of the job may have changed the catalogue."""
        statement = select(Run.id).where(Run.job_id == job_id, Run.apply_time.is_not(None)).limit(1)
        return await self._session.scalar(statement) is not None

    async def problems(
        self, job_id: UUID, *, after: tuple[int, str] | None, limit: int, reason: str = ""
    ) -> Sequence[tuple[Problem, str]]:
        """Problems, or those of one reason, with their suppliers' names: in file order, behind (row number, outcome)."""
        statement = select(Problem, Run.supplier_name).join(Run, Run.id == Problem.run_id).where(Problem.job_id == job_id)
        if reason:
            statement = statement.where(literal(reason) == func.any(Problem.reasons))
        if after is not None:
            statement = statement.where(tuple_(Problem.row_no, Problem.outcome) > after)
        rows = await self._session.execute(statement.order_by(Problem.row_no, Problem.outcome).limit(limit))
        return [(problem, name) for problem, name in rows]

    async def lines(self, job_id: UUID, rows: Sequence[int]) -> Mapping[int, int]:
        """In which lines of the file these rows begin, where that is known and another number."""
        asked = select(func.unnest(literal(list(rows), ARRAY(Integer))).label("row_no")).subquery()
        part = (
            select(func.max(Lines.first_row)).where(Lines.job_id == job_id, Lines.first_row <= asked.c.row_no).scalar_subquery()
        )
        by_part: dict[int, list[int]] = {}
        for row_no, first in await self._session.execute(select(asked.c.row_no, part)):
            if first is not None:
                by_part.setdefault(first, []).append(row_no)
        found: dict[int, int] = {}
        # One at a time: a part holds tens of thousands of rows.
        for first, inside in by_part.items():
            packed = await self._session.scalar(select(Lines.packed).where(Lines.job_id == job_id, Lines.first_row == first))
            lines = FileLines([packed] if packed else [])
            found |= {row_no: line for row_no in inside if (line := lines.of(row_no)) is not None}
        return found

    async def latest_applied(self, supplier_name: str) -> Job | None:
        """The supplier's latest applied job, unless another job has changed something of one of its suppliers since."""
        job = await self._session.scalar(
            select(Job)
            .where(func.lower(Job.supplier_name) == supplier_name.lower(), Job.state == "applied")
            .order_by(Job.end_time.desc())
            .limit(1)
        )
        if job is None:
            return None
        names = select(func.lower(Run.supplier_name)).where(Run.job_id == job.id, Run.state == "applied")
        later = select(Run.id).where(
            func.lower(Run.supplier_name).in_(names), Run.job_id != job.id, Run.apply_time > job.end_time
        )
        return None if await self._session.scalar(later.limit(1)) else job


def note_job(id: UUID) -> None:
    """Note that the transaction around this call changes a job. Only for statements of many rows: a session notes its own."""
    note_change("jobs", f"job:{id}")


def _note_written(_mapper: object, _connection: object, written: Job | Run) -> None:
    note_job(written.id if isinstance(written, Job) else written.job_id)


for _model in (Job, Run):
    for _written in ("after_insert", "after_update", "after_delete"):
        event.listen(_model, _written, _note_written)
