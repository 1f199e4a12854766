"""ImportService: takes files in, shows what they would change, and hears what people decide."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import paging, tracing
from chassis.auth import current
from chassis.currencies import check_currency
from chassis.db import Database
from chassis.ids import parse, uuid7
from chassis.storage import Storage
from chassis.visibility import may
from idempotency.once import once
from imports_svc.jobs import uploads
from imports_svc.jobs.errors import RunNotFound, RunNotNamed
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.messages import PRICES_READ, job_proto, job_summary, plan_row_proto, problem_proto
from imports_svc.jobs.models import Job, Run
from imports_svc.jobs.repository import JobRepository
from jobs.waking import Waker
from pm.catalog.v1 import bulk_pb2, bulk_pb2_grpc
from pm.imports.v1 import imports_pb2 as pb
from pm.imports.v1 import imports_pb2_grpc

MAX_PROBLEMS = 5000


class ImportServicer(imports_pb2_grpc.ImportServiceServicer):
    def __init__(
        self,
        database: Database,
        storage: Storage,
        catalogue: "bulk_pb2_grpc.BulkServiceAsyncStub",
        waker: Waker,
        max_upload_bytes: int,
    ) -> None:
        self._database = database
        self._storage = storage
        self._catalogue = catalogue
        self._waker = waker
        self._max_upload_bytes = max_upload_bytes

    async def UploadFeed(self, request_iterator: AsyncIterator[pb.UploadFeedRequest], context: object) -> pb.Job:
        options = await uploads.options(request_iterator)
        job_id = uuid7()
        file = await uploads.store(self._storage, job_id, options.file_name, request_iterator, self._max_upload_bytes)
        job = Job(
            id=job_id,
            file=file,
            file_id=file.id,
            supplier_name=" ".join(options.supplier_name.split()),
            auto_apply=options.auto_apply,
            force=options.force,
            currency=options.currency,
            overrides=dict(options.mapping),
            accepted=list(options.accept),
            created_by=current().user_id,
            traceparent=tracing.traceparent(),
            request_id=place.request_id if (place := tracing.current()) else "",
        )
        written = False

        async def create() -> pb.Job:
            nonlocal written
            JobRepository(session).add(job)
            await session.flush()
            made = job_proto(job, [])
            written = True
            return made

        try:
            async with self._database.transaction() as session:
                answer = await once(session, options, pb.Job, create, beside=file.sha256)
        finally:
            # Once the commit was sent nobody knows what became of it. A file without a job is only in the way; a job without its
            # file is lost.
            if not written:
                await self._storage.remove(file.bucket, file.key)
        self._waker.wake()
        return answer

    async def GetJob(self, request: pb.GetJobRequest, context: object) -> pb.Job:
        async with self._database.transaction() as session:
            return await self._shown(JobRepository(session), request.id)

    async def ListJobs(self, request: pb.ListJobsRequest, context: object) -> pb.ListJobsResponse:
        key = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            after = parse(key[0], "page_token") if key else None
            jobs = await JobRepository(session).page(after=after, limit=size + 1)
            token = paging.encode(request, [str(jobs[size - 1].id)]) if len(jobs) > size else ""
            return pb.ListJobsResponse(jobs=map(job_summary, jobs[:size]), next_page_token=token)

    async def ApplyJob(self, request: pb.ApplyJobRequest, context: object) -> pb.Job:
        uploads.check_doubts(request.accept, "accept")

        async def confirm(_session: AsyncSession, job: Job) -> None:
            job.confirm(request.plan_hash, request.accept)

        return await self._decide(request.id, confirm)

    async def ReplanJob(self, request: pb.ReplanJobRequest, context: object) -> pb.Job:
        uploads.check_fields(request.mapping, "mapping")
        uploads.check_doubts(request.accept, "accept")
        check_currency(request.currency, "currency")
        async with self._database.transaction() as session:
            jobs = JobRepository(session)
            job = await jobs.get(parse(request.id), lock=True)
            partly_applied = await jobs.touched(job.id)
            job.replan(dict(request.mapping), request.accept, partly_applied=partly_applied, currency=request.currency)
            # Who plans anew wants to see what that gives, also where the file was to be applied without a look.
            job.auto_apply = request.auto_apply
            for run in await jobs.runs(job.id):
                run.supersede()
            shown = await self._shown(jobs, request.id)
        self._waker.wake()
        return shown

    async def PauseJob(self, request: pb.PauseJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, IMPORTS.pause)

    async def ResumeJob(self, request: pb.ResumeJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, IMPORTS.resume)

    async def CancelJob(self, request: pb.CancelJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, IMPORTS.cancel)

    async def _decide(self, id: str, decision: Callable[[AsyncSession, Job], Awaitable[None]]) -> pb.Job:
        async with self._database.transaction() as session:
            jobs = JobRepository(session)
            job = await jobs.get(parse(id), lock=True)
            await decision(session, job)
            await IMPORTS.tell(session, job)
            shown = await self._shown(jobs, id)
        self._waker.wake()
        return shown

    async def ListPlanRows(self, request: pb.ListPlanRowsRequest, context: object) -> pb.ListPlanRowsResponse:
        vanished = request.kind == pb.PlanRow.KIND_VANISHED
        key = paging.decode(request, request.page_token, str if vanished else int)
        size = paging.page_size(request.page_size)
        async with self._database.transaction() as session:
            job = await JobRepository(session).get(parse(request.job_id, "job_id"))
            run = _planned_run(await JobRepository(session).runs(job.id), request.run_id)
        behind = {"after_ref" if vanished else "after_row": key[0]} if key else {}
        kind = bulk_pb2.PlanRow.Kind.Value(pb.PlanRow.Kind.Name(request.kind))
        asked = bulk_pb2.ListPlanRowsRequest(run_id=str(run.id), kind=kind, limit=size + 1, **behind)
        rows = (await self._catalogue.ListPlanRows(asked)).rows
        prices = may(PRICES_READ)
        token = ""
        if len(rows) > size:
            token = paging.encode(request, [rows[size - 1].ref if vanished else rows[size - 1].row_no])
        return pb.ListPlanRowsResponse(rows=[plan_row_proto(row, prices=prices) for row in rows[:size]], next_page_token=token)

    async def ListProblems(self, request: pb.ListProblemsRequest, context: object) -> pb.ListProblemsResponse:
        key = paging.decode(request, request.page_token, int, str)
        size = paging.page_size(request.page_size, maximum=MAX_PROBLEMS)
        async with self._database.transaction() as session:
            jobs = JobRepository(session)
            job = await jobs.get(parse(request.job_id, "job_id"))
            rows = await jobs.problems(job.id, after=(key[0], key[1]) if key else None, limit=size + 1)
            lines = await jobs.lines(job.id, [problem.row_no for problem, _ in rows])
        last = rows[size - 1][0] if len(rows) > size else None
        token = paging.encode(request, [last.row_no, last.outcome]) if last else ""
        problems = [problem_proto(problem, name, lines.get(problem.row_no)) for problem, name in rows[:size]]
        return pb.ListProblemsResponse(problems=problems, next_page_token=token)

    async def _shown(self, jobs: JobRepository, id: str) -> pb.Job:
        job = await jobs.get(parse(id))
        return job_proto(job, await jobs.runs(job.id), await jobs.waited_for(job))


def _planned_run(runs: Sequence[Run], run_id: str) -> Run:
    """The run of this id, or the only one; a run of which no row reached the catalogue has no plan."""
    planned = [run for run in runs if run.plan_hash]
    if run_id:
        wanted = parse(run_id, "run_id")
        planned = [run for run in planned if run.id == wanted]
        if not planned:
            raise RunNotFound(wanted)
    if len(planned) != 1:
        raise RunNotNamed(len(planned))
    return planned[0]
