"""The call that takes a feed to imports-svc, piece by piece."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, cast

import grpc

from chassis import status
from chassis.errors import ServiceError
from pm.imports.v1 import imports_pb2 as pb

# What grpc.aio says of a write that failed, and how long the status of the service may come after it.
OWN_FAILURE = "Internal error from Core"
STATUS_SECONDS = 2.0


class Sending:
    """A call that is written to, and how it ended.

    grpc.aio puts an INTERNAL of its own in the place of the service's status when a write fails as the call ends
    (https://github.com/grpc/grpc/issues/36066), before that status has come or after it: either way the service's is raised.
    """

    def __init__(self, call: Any) -> None:
        self._call = call
        self._told: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._keep)

    async def write(self, message: pb.UploadFeedRequest) -> None:
        """Send a part; raises what the service raised when it has ended the call before the end of the file."""
        try:
            await self._call.write(message)
        except (asyncio.InvalidStateError, grpc.aio.AioRpcError):
            raise await self._reason() from None

    async def answer(self) -> pb.Job:
        """End the file and wait for its job."""
        try:
            await self._call.done_writing()
            return cast(pb.Job, await self._call)
        except (asyncio.InvalidStateError, grpc.aio.AioRpcError):
            raise await self._reason() from None

    def _keep(self, call: Any) -> None:
        """Keep the status there is now; only the first step of each coroutine, because a later one may read another status."""
        code, details, metadata = (_first_step(each) for each in (call.code(), call.details(), call.trailing_metadata()))
        self._told = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), metadata, details)

    async def _reason(self) -> ServiceError:
        with suppress(TimeoutError):
            async with asyncio.timeout(STATUS_SECONDS):
                while self._told is None or self._told.details() == OWN_FAILURE:
                    await asyncio.sleep(0.01)
                    self._keep(self._call)
        return status.decode(cast(grpc.aio.AioRpcError, self._told))


def _first_step(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine that has nothing to wait for returns."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("The call has not ended.")
