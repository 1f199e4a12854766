"""The whole catalogue as lines of JSON: `GET /api/v1/products:export`.

The first line holds the cursor from which changes go on, each other one a product, the last one how many there were. An export
that breaks off ends without that, where it can with a line that holds the problem document.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import grpc
import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from chassis import status
from chassis.auth import InvalidToken
from chassis.errors import DeadlineExceeded, ServiceError, Unavailable
from chassis.outgoing import Outgoing
from gateway.auth.door import Door, Guard
from gateway.endpoints.transcoding import cost_of
from gateway.http import errors
from gateway.http.encoding import converter
from gateway.http.routing import Endpoint
from gateway.services import Channels
from pm.catalog.v1 import products_pb2 as pb
from pm.catalog.v1 import products_pb2_grpc

PATH = "/v1/products:export"
MEDIA_TYPE = "application/x-ndjson"
METHOD = pb.DESCRIPTOR.services_by_name["ProductService"].methods_by_name["ExportProducts"]
# A client reads as slowly as it likes, but not without end.
EXPORT_SECONDS = 4 * 3600.0
# Other requests have their turn in between.
TURN_PRODUCTS = 50


def endpoints(channels: Channels, door: Door) -> Iterator[Endpoint]:
    """The export."""
    yield Endpoint("GET", PATH, Export(channels, door), cost=cost_of(METHOD))


class Export:
    """Answers exports: what a client has not taken is not read."""

    def __init__(self, channels: Channels, door: Door) -> None:
        self._door = door
        self._guard = Guard(door, METHOD)
        self._circuit = channels.circuits["catalog"]
        self._export: Any = products_pb2_grpc.ProductServiceStub(channels.user["catalog"]).ExportProducts
        self._convert = converter(pb.Product.DESCRIPTOR)

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        if request.method == "HEAD":
            return Response(media_type=MEDIA_TYPE)
        path = f"/{METHOD.containing_service.full_name}/{METHOD.name}"
        # The circuit counts whether the service answers; how long the client takes for the rest is not its concern.
        with Outgoing(self._circuit, path, EXPORT_SECONDS) as out:
            call = self._export(pb.ExportProductsRequest(), metadata=(*metadata, *out.metadata), timeout=out.seconds)
            # Before the answer begins, so that a refusal is a problem document.
            try:
                first = await call.read()
            except grpc.aio.AioRpcError as error:
                raise status.decode(error) from None
            except BaseException:
                call.cancel()
                raise
        return StreamingResponse(self._lines(request, call, first), 200, None, MEDIA_TYPE)

    async def _lines(self, request: Request, call: Any, message: Any) -> AsyncIterator[bytes]:
        try:
            while message is not grpc.aio.EOF:
                if message.cursor:
                    yield _line({"cursor": message.cursor})
                for first in range(0, len(message.products), TURN_PRODUCTS):
                    products = message.products[first : first + TURN_PRODUCTS]
                    yield b"".join(_line(self._convert(product)) for product in products)
                    await asyncio.sleep(0)
                if message.HasField("total"):
                    yield _line({"total": message.total})
                await self._expect_not_revoked(request)
                message = await call.read()
        except grpc.aio.AioRpcError as error:
            yield _broken_off(request.scope, status.decode(error))
        except ServiceError as error:
            yield _broken_off(request.scope, error)
        finally:
            # Without effect on a call that has ended.
            call.cancel()

    async def _expect_not_revoked(self, request: Request) -> None:
        """Raise Unauthenticated when the caller's session, key or right has ended.

        Not when the token is merely old, or nobody can say: it was good when the export began.
        """
        with suppress(InvalidToken, Unavailable, DeadlineExceeded):
            await self._door.expect_valid(request)


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def _broken_off(scope: Scope, error: ServiceError) -> bytes:
    return _line({"problem": errors.describe(scope, error)})
