"""JobService: what people see of a service's jobs, whatever their kind, and do to them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import paging
from chassis.db import Database
from chassis.ids import parse
from chassis.times import moment_of
from chassis.visibility import MissingPermission, may
from jobs.errors import JobNotFound
from jobs.kinds import AnyKind
from jobs.messages import job_proto
from jobs.repository import JobsRepository, Wanted
from jobs.waking import Waker
from pm.common.v1 import jobs_pb2 as pb
from pm.common.v1 import jobs_pb2_grpc

Decide = Callable[[AnyKind, AsyncSession, Any], Awaitable[None]]


class JobServicer(jobs_pb2_grpc.JobServiceServicer):
    """Answers for the kinds of one service, each with what wakes its workers."""

    def __init__(self, database: Database, kinds: Mapping[AnyKind, Waker]) -> None:
        self._database = database
        self._kinds = kinds

    async def GetJob(self, request: pb.GetJobRequest, context: object) -> pb.Job:
        id = parse(request.id)
        async with self._database.transaction() as session:
            kind, job = await self._find(session, id)
            return job_proto(kind, job, await JobsRepository(session, kind).attempts(id))

    async def ListJobs(self, request: pb.ListJobsRequest, context: object) -> pb.ListJobsResponse:
        key = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        wanted = Wanted(
            states=request.states,
            supplier_name=" ".join(request.supplier_name.split()),
            since=_moment(request, "created_since"),
            before=_moment(request, "created_before"),
            updated=_moment(request, "updated_since"),
            after=parse(key[0], "page_token") if key else None,
        )
        found: list[tuple[AnyKind, Any]] = []
        async with self._database.transaction() as session:
            for kind in self._kinds:
                if may(kind.read) and (not request.kinds or kind.name in request.kinds):
                    page = await JobsRepository(session, kind).page(wanted, size + 1)
                    found += [(kind, job) for job in page]
        found.sort(key=lambda each: each[1].id, reverse=True)
        shown = found[:size]
        token = paging.encode(request, [str(shown[-1][1].id)]) if len(found) > size else ""
        return pb.ListJobsResponse(jobs=[job_proto(kind, job) for kind, job in shown], next_page_token=token)

    async def PauseJob(self, request: pb.PauseJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, lambda kind, session, job: kind.pause(session, job))

    async def ResumeJob(self, request: pb.ResumeJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, lambda kind, session, job: kind.resume(session, job))

    async def CancelJob(self, request: pb.CancelJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, lambda kind, session, job: kind.cancel(session, job))

    async def RetryJob(self, request: pb.RetryJobRequest, context: object) -> pb.Job:
        return await self._decide(request.id, lambda kind, session, job: kind.retry(session, job))

    async def PrioritizeJob(self, request: pb.PrioritizeJobRequest, context: object) -> pb.Job:
        async def decide(kind: AnyKind, session: AsyncSession, job: Any) -> None:
            job.prioritize(request.priority)

        return await self._decide(request.id, decide)

    async def _decide(self, given: str, decide: Decide) -> pb.Job:
        id = parse(given)
        async with self._database.transaction() as session:
            kind, job = await self._find(session, id, lock=True)
            if not may(kind.write):
                raise MissingPermission(kind.write)
            await decide(kind, session, job)
            kind.note(id)
            await kind.tell(session, job)
            await session.flush()
            shown = job_proto(kind, job, await JobsRepository(session, kind).attempts(id))
        self._kinds[kind].wake()
        return shown

    async def _find(self, session: AsyncSession, id: UUID, *, lock: bool = False) -> tuple[AnyKind, Any]:
        """The job with its kind; raises JobNotFound, also where the caller may not see jobs of its kind."""
        for kind in self._kinds:
            if may(kind.read) and (job := await JobsRepository(session, kind).find(id, lock=lock)) is not None:
                return kind, job
        raise JobNotFound(id)


def _moment(request: pb.ListJobsRequest, field: Literal["created_since", "created_before", "updated_since"]) -> datetime | None:
    return moment_of(getattr(request, field), field) if request.HasField(field) else None
