"""Feeds on their way in: `POST /api/v1/imports`, as a form or as the bare file, streamed through to imports-svc.

Nothing of the file is kept here: what arrives is passed on in chunks, and the client is read no faster than imports-svc takes it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import PureWindowsPath
from typing import Any

import orjson
from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import Response

from chassis.outgoing import Outgoing
from gateway.auth.door import Door, Guard
from gateway.endpoints.sending import Sending
from gateway.endpoints.transcoding import cost_of
from gateway.http.decoding import Query, parameters, read_object
from gateway.http.encoding import to_json
from gateway.http.errors import MalformedRequest, PayloadTooLarge, RequestTimeout, UnsupportedMediaType
from gateway.http.forms import FILE, Field, File, Part, read_form
from gateway.http.routing import Endpoint
from gateway.services import Channels
from gateway.settings import Settings
from pm.imports.v1 import imports_pb2 as pb
from pm.imports.v1 import imports_pb2_grpc

PATH = "/v1/imports"
CHUNK_BYTES = 1024 * 1024
FORM = "multipart/form-data"
# What a bare file may be called: its content says what it is. JSON is not among them: it would be taken for the options.
RAW = (
    *("application/octet-stream", "text/csv", "text/tab-separated-values", "text/plain", "application/xml", "text/xml"),
    *("application/x-ndjson", "application/zip", "application/gzip", "application/vnd.ms-excel"),
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
METHOD = pb.DESCRIPTOR.services_by_name["ImportService"].methods_by_name["UploadFeed"]
MAPPING = "mapping"
# What a query or a form field can say; the mapping is an object and read apart, the request's id is a header.
OPTIONS = list(parameters(pb.UploadOptions.DESCRIPTOR, {MAPPING, "request_id"}))


def endpoints(channels: Channels, door: Door, settings: Settings) -> Iterator[Endpoint]:
    """The upload."""
    upload = Upload(channels, door, settings)
    yield Endpoint("POST", PATH, upload, body_max_bytes=settings.upload_max_bytes, cost=cost_of(METHOD))


class Upload:
    """Answers uploads."""

    def __init__(self, channels: Channels, door: Door, settings: Settings) -> None:
        self._guard = Guard(door, METHOD)
        self._circuit = channels.circuits["imports"]
        self._upload: Any = imports_pb2_grpc.ImportServiceStub(channels.user["imports"]).UploadFeed
        self._settings = settings

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        parts = self._parts(request)
        with Outgoing(
            self._circuit, f"/{METHOD.containing_service.full_name}/{METHOD.name}", self._settings.upload_seconds
        ) as out:
            call = self._upload(metadata=(*metadata, *out.metadata), timeout=out.seconds)
            try:
                job = await pass_on(
                    parts, request.query_params.multi_items(), Sending(call), request.headers.get("idempotency-key", "")
                )
            finally:
                # Without effect on a call that has ended; otherwise imports-svc drops what it has of the file.
                call.cancel()
        return Response(to_json(job), 201, {"location": f"/api{PATH}/{job.id}"}, "application/json")

    def _parts(self, request: Request) -> AsyncIterator[Part]:
        given = request.headers.get("content-type", "")
        kind, parsed = parse_options_header(given)
        if kind == FORM.encode():
            return read_form(self._arriving(request), parsed.get(b"boundary", b""))
        if kind.decode("latin-1") in RAW:
            return _bare(self._arriving(request))
        raise UnsupportedMediaType(given, FORM, *RAW)

    async def _arriving(self, request: Request) -> AsyncIterator[bytes]:
        """The body as it comes, no larger than allowed and never standing still."""
        limit = self._settings.upload_max_bytes
        idle = self._settings.upload_idle_seconds
        taken = 0
        stream = aiter(request.stream())
        while True:
            try:
                async with asyncio.timeout(idle):
                    chunk = await anext(stream, None)
            except TimeoutError:
                raise RequestTimeout(idle) from None
            if chunk is None:
                return
            taken += len(chunk)
            if taken > limit:
                raise PayloadTooLarge(limit)
            yield chunk


async def pass_on(parts: AsyncIterator[Part], given: list[tuple[str, str]], sending: Sending, request_id: str) -> pb.Job:
    """Send the options, the file in chunks and, when all of it has come, the end; `given` are options that came with the URL.

    Raises MalformedRequest when there is no file, or when a field comes behind it: by then the options have been sent.
    """
    begun = False
    size = 0
    waiting = bytearray()
    async for part in parts:
        if isinstance(part, bytes):
            size += len(part)
            waiting += part
            while len(waiting) >= CHUNK_BYTES:
                await sending.write(pb.UploadFeedRequest(data=bytes(waiting[:CHUNK_BYTES])))
                del waiting[:CHUNK_BYTES]
        elif begun:
            name = FILE if isinstance(part, File) else part.name
            raise MalformedRequest({name: "must stand before the file" if isinstance(part, Field) else "is given more than once"})
        elif isinstance(part, Field):
            given.append((part.name, part.text))
        else:
            options = read_options(given, part.name)
            options.request_id = request_id
            await sending.write(pb.UploadFeedRequest(options=options))
            begun = True
    if not begun:
        raise MalformedRequest({FILE: "is missing"})
    if waiting:
        await sending.write(pb.UploadFeedRequest(data=bytes(waiting)))
    await sending.write(pb.UploadFeedRequest(end=pb.UploadEnd(size=size)))
    return await sending.answer()


def read_options(given: list[tuple[str, str]], file_name: str) -> pb.UploadOptions:
    """The options of an upload; raises MalformedRequest with every one that is unknown or unreadable."""
    options = pb.UploadOptions()
    Query(OPTIONS).read([(name, text) for name, text in given if name != MAPPING], options)
    for text in (text for name, text in given if name == MAPPING):
        try:
            read_object({MAPPING: orjson.loads(text)}, options)
        except orjson.JSONDecodeError as error:
            raise MalformedRequest({MAPPING: f"is not JSON: {error}"}) from None
    # Some browsers send the whole path; only the name is anybody's business.
    options.file_name = PureWindowsPath(options.file_name or file_name).name
    return options


async def _bare(arriving: AsyncIterator[bytes]) -> AsyncIterator[Part]:
    """A body that is the file itself."""
    yield File("")
    async for chunk in arriving:
        yield chunk
