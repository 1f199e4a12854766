"""An import as it goes on: `GET /api/v1/imports/{id}/events`, as server-sent events.

event: job      the job whenever it changed
event: end      nothing more will change by itself: the job rests in this state
event: problem  why the stream ends early, as a problem document; come back with a fresh token
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from chassis.errors import DeadlineExceeded, ServiceError, Unavailable
from chassis.invalidation import slots_of
from gateway.auth.door import Door, Guard, Metadata
from gateway.caching.changes import NEVER, Changes
from gateway.endpoints.live.stream import HEARTBEAT, event, event_stream
from gateway.endpoints.transcoding import Asking
from gateway.http import errors
from gateway.http.encoding import converter
from gateway.http.routing import Endpoint
from gateway.services import Channels
from pm.imports.v1 import imports_pb2 as pb

# A job that changes all the time is shown so often.
PAUSE_SECONDS = 0.3
# It is looked at so often also when nothing is heard of it: what a worker had to tell may be lost with the worker.
HEARTBEAT_SECONDS = 10.0
# A look that takes longer is given up, so that the heartbeat goes on.
LOOK_SECONDS = 3.0
METHOD = pb.DESCRIPTOR.services_by_name["ImportService"].methods_by_name["GetJob"]
RESTING = {
    pb.Job.STATE_PLANNED,
    pb.Job.STATE_HELD,
    pb.Job.STATE_PAUSED,
    pb.Job.STATE_APPLIED,
    pb.Job.STATE_STALE,
    pb.Job.STATE_CANCELLED,
    pb.Job.STATE_FAILED,
}


def endpoints(channels: Channels, door: Door, changes: Changes) -> Iterator[Endpoint]:
    """The stream."""
    yield Endpoint("GET", "/v1/imports/{id}/events", Events(channels, door, changes))


class Events:
    """Answers with a stream of events that ends when the job rests."""

    def __init__(self, channels: Channels, door: Door, changes: Changes) -> None:
        self._changes = changes
        self._guard = Guard(door, METHOD)
        self._get = Asking(channels, "imports", METHOD)
        self._convert = converter(pb.Job.DESCRIPTOR)

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        (job_id,) = request.path_params.values()
        wanted = pb.GetJobRequest(id=job_id)
        moment = self._changes.moment
        # The first look is taken before the answer begins, so that a refusal is a problem document.
        job = await self._get(wanted, metadata, request)
        return event_stream(self._events(job, moment, metadata, request.scope))

    async def _events(self, job: pb.Job, moment: int, metadata: Metadata, scope: Scope) -> AsyncIterator[bytes]:
        yield event("job", self._convert(job))
        wanted = pb.GetJobRequest(id=job.id)
        slots = slots_of(("imports", f"job:{job.id}"))
        spoken = time.monotonic()
        while not rests(job):
            await asyncio.sleep(PAUSE_SECONDS)
            await self._changes.wait(slots, moment, HEARTBEAT_SECONDS)
            if time.monotonic() - spoken >= HEARTBEAT_SECONDS:
                yield HEARTBEAT
                spoken = time.monotonic()
            moment = self._changes.moment
            try:
                looked = await self._look(wanted, metadata)
            except (Unavailable, DeadlineExceeded):
                # The service comes back or the client goes; the job goes on either way.
                moment = NEVER
                continue
            except ServiceError as error:
                yield event("problem", errors.describe(scope, error))
                return
            if looked != job:
                job = looked
                spoken = time.monotonic()
                yield event("job", self._convert(job))
        yield event("end", {"state": pb.Job.State.Name(job.state)})

    async def _look(self, wanted: pb.GetJobRequest, metadata: Metadata) -> pb.Job:
        job: pb.Job = await self._get(wanted, metadata, seconds=LOOK_SECONDS)
        return job


def rests(job: pb.Job) -> bool:
    """Whether the job stays as it is until somebody acts; a plan that applies itself does not rest."""
    return job.state in RESTING and not (job.state == pb.Job.STATE_PLANNED and job.auto_apply)
