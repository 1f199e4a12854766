"""Jobs of a service, in a list, that are shown and decided about as the contract says."""

from typing import Any

from chassis import paging
from chassis.errors import FailedPrecondition, NotFound
from pm.common.v1 import jobs_pb2 as pb
from pm.common.v1 import jobs_pb2_grpc


class JobNotFound(NotFound):
    pass


class WrongJobState(FailedPrecondition):
    pass


class Background(jobs_pb2_grpc.JobServiceServicer):
    """`jobs` are those of one service."""

    def __init__(self, service: str, jobs: list[pb.Job]) -> None:
        self.service = service
        self.jobs = jobs
        self.asked: list[Any] = []

    async def ListJobs(self, request: Any, context: Any) -> pb.ListJobsResponse:
        self.asked.append(request)
        key = paging.decode(request, request.page_token, str)
        size = paging.page_size(request.page_size)
        newest = sorted(self.jobs, key=lambda job: job.id, reverse=True)
        behind = [job for job in newest if key is None or job.id < key[0]]
        since = request.updated_since.ToNanoseconds()
        changed = [job for job in behind if job.update_time.ToNanoseconds() >= since]
        found = [job for job in changed if not request.kinds or job.kind in request.kinds]
        token = paging.encode(request, [found[size - 1].id]) if len(found) > size else ""
        return pb.ListJobsResponse(jobs=found[:size], next_page_token=token)

    async def GetJob(self, request: Any, context: Any) -> pb.Job:
        for job in self.jobs:
            if job.id == request.id:
                return job
        raise JobNotFound("There is no job with this id.")

    async def PrioritizeJob(self, request: Any, context: Any) -> pb.Job:
        job = await self.GetJob(request, context)
        job.priority = request.priority
        return job

    async def PauseJob(self, request: Any, context: Any) -> pb.Job:
        job = await self.GetJob(request, context)
        if job.state != pb.Job.STATE_RUNNING:
            raise WrongJobState("It does not run.")
        job.state = pb.Job.STATE_PAUSED
        return job
