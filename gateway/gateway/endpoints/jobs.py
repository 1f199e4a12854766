"""Work in the background of all services at once.

GET  /api/v1/jobs               jobs of every kind, newest first
GET  /api/v1/jobs/{id}          one of them with its attempts
POST /api/v1/jobs/{id}:pause    and :resume, :cancel, :retry, :prioritize
"""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from google.protobuf import message_factory
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response

from chassis import paging
from chassis.errors import DeadlineExceeded, NotFound, ServiceError, Unavailable
from gateway.auth.door import Door, Guard, Metadata
from gateway.endpoints.transcoding import JSON, Asking, read_limited
from gateway.http.decoding import Query, parameters, read_body
from gateway.http.encoding import to_json
from gateway.http.routing import Endpoint
from gateway.services import Channels
from pm.common.v1 import jobs_pb2 as pb

# The services that have jobs.
OWNERS = ("imports",)
PATH = "/v1/jobs"
METHODS = pb.DESCRIPTOR.services_by_name["JobService"].methods_by_name
DECISIONS = {
    "pause": "PauseJob",
    "resume": "ResumeJob",
    "cancel": "CancelJob",
    "retry": "RetryJob",
    "prioritize": "PrioritizeJob",
}
LIST_PARAMETERS = list(parameters(pb.ListJobsRequest.DESCRIPTOR, set()))


def endpoints(channels: Channels, door: Door) -> Iterator[Endpoint]:
    """The list, the job, and what people decide about it."""
    owners = OWNERS
    yield Endpoint("GET", PATH, AllJobs(channels, door, owners))
    yield Endpoint("GET", f"{PATH}/{{id}}", AnyJob(channels, door, "GetJob", owners))
    for verb, method in DECISIONS.items():
        yield Endpoint("POST", f"{PATH}/{{id}}:{verb}", AnyJob(channels, door, method, owners))


class Everyone:
    """One method of JobService, asked of each service that has jobs."""

    def __init__(self, channels: Channels, door: Door, method: str, owners: Sequence[str]) -> None:
        self._asking = {f"{name}-svc": Asking(channels, name, METHODS[method]) for name in owners}
        self._guard = Guard(door, METHODS[method])

    async def ask(self, message: Message, metadata: Metadata, request: Request) -> dict[str, Any]:
        """What each service answered, or the ServiceError by which it refused."""
        asked = (_answer(partial(asking, message, metadata, request)) for asking in self._asking.values())
        return dict(zip(self._asking, await asyncio.gather(*asked), strict=True))


class AllJobs(Everyone):
    """The newest jobs of all services, page by page; `missing` names the services that do not answer."""

    def __init__(self, channels: Channels, door: Door, owners: Sequence[str]) -> None:
        super().__init__(channels, door, "ListJobs", owners)
        self._query = Query(LIST_PARAMETERS)

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        wanted = pb.ListJobsRequest()
        self._query.read(request.query_params.multi_items(), wanted)
        answers = await self.ask(wanted, metadata, request)
        missing = [name for name, answer in answers.items() if isinstance(answer, (Unavailable, DeadlineExceeded))]
        pages = [answer for name, answer in answers.items() if name not in missing]
        for refused in pages:
            if isinstance(refused, ServiceError):
                raise refused
        # Ids ascend with the time at which jobs were made, in all services.
        found = sorted((job for page in pages for job in page.jobs), key=lambda job: job.id, reverse=True)
        size = paging.page_size(wanted.page_size)
        shown = found[:size]
        more = len(found) > size or any(page.next_page_token for page in pages)
        # A token of one service holds at each: it names the last job that was shown, and the same request.
        token = paging.encode(wanted, [shown[-1].id]) if more else ""
        return Response(to_json(pb.ListJobsResponse(jobs=shown, next_page_token=token, missing=missing)), media_type=JSON)


class AnyJob(Everyone):
    """What the service answers whose job it is."""

    def __init__(self, channels: Channels, door: Door, method: str, owners: Sequence[str]) -> None:
        super().__init__(channels, door, method, owners)
        self._make: Any = message_factory.GetMessageClass(METHODS[method].input_type)
        self._has_body = len(METHODS[method].input_type.fields) > 1

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        (id,) = request.path_params.values()
        wanted = self._make(id=id)
        if self._has_body:
            read_body(await read_limited(request), wanted)
            wanted.id = id
        answers = await self.ask(wanted, metadata, request)
        return Response(to_json(_of_its_owner(list(answers.values()))), media_type=JSON)


def _of_its_owner(answers: list[Any]) -> Any:
    """The answer of the one that has the job; raises its refusal, or that of a service that may have it and is away."""
    refusals = [answer for answer in answers if isinstance(answer, ServiceError)]
    for answer in answers:
        if answer not in refusals:
            return answer
    # Nobody but its owner says anything else than that there is no such job.
    raise min(refusals, key=lambda error: isinstance(error, NotFound))


async def _answer(ask: Any) -> Any:
    try:
        return await ask()
    except ServiceError as error:
        return error
