"""Reads that are answered with bytes kept ready, as their contracts say by `cache` (docs/adr/0031).

The gateway decides who may see what: the key of an answer says what its reader may see, beside what was asked for.
"""

import asyncio
import re
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.invalidation import Slots, slots_of
from chassis.visibility import restricting
from gateway.auth.door import Door, Metadata
from gateway.caching.cache import Answer, Cache, Kept
from gateway.endpoints.transcoding import JSON, Binding, Operation, cancelled_when_left, entity_tag, is_known
from gateway.services import Channels
from pm.common.v1 import options_pb2

_VARIABLE = re.compile(r"{([a-z0-9_.]+)}")


class ReadyOperation(Operation):
    """Answers the requests of one route from what is kept. Raises ValueError for a topic that names no variable of the path."""

    def __init__(self, binding: Binding, channels: Channels, door: Door, cache: Cache) -> None:
        super().__init__(binding, channels, door)
        options = binding.method.GetOptions().Extensions[options_pb2.cache]
        self._cache = cache
        self._kept = Kept(binding.method.name, options.seconds)
        self._restricting = sorted(restricting(binding.method.output_type))
        self._topics = [binding.owner, *(_placed(topic, binding) for topic in options.topics)]

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        scope = request.scope
        seen = "".join("1" if each in scope["permissions"] else "0" for each in self._restricting)
        key = f"{seen} {scope['raw_path'].decode('latin-1')}?{scope['query_string'].decode('latin-1')}"
        # Whoever asks not to be given what is kept (RFC 9111, section 5.2.1.4) is not.
        fresh = "no-cache" in request.headers.get("cache-control", "")
        answer = None if fresh else self._cache.held(self._kept, key)
        if answer is None:
            make = partial(self._answer, request, metadata)
            with cancelled_when_left(request, _this_task().cancel):
                answer = await (make() if fresh else self._cache.get(self._kept, key, self._slots(request), make))
        headers = {"etag": answer.tag}
        if is_known(answer.tag.removeprefix("W/"), request):
            return Response(status_code=304, headers=headers)
        return Response(answer.body, 200, headers, JSON)

    def _slots(self, request: Request) -> Slots:
        # Ids are announced in lower case.
        values = [value.lower() for value in request.path_params.values()]
        return slots_of(topic.format(*values) for topic in self._topics)

    async def _answer(self, request: Request, metadata: Metadata) -> Answer:
        message = await self.read(request)
        try:
            reply = await self._ask(message, metadata)
        except ServiceError as error:
            raise self._renamed(error) from None
        body = orjson.dumps(self._convert(reply))
        return Answer(f"W/{entity_tag(reply, body)}", body)


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None, "requests are answered in tasks"
    return task


def _placed(topic: str, binding: Binding) -> str:
    """The topic with the variables of the path by their places: `product:{id}` becomes `product:{0}`."""
    return _VARIABLE.sub(lambda match: f"{{{binding.variables.index(match[1])}}}", topic)
