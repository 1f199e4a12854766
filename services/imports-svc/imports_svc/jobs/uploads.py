"""An upload on its way into the storage: checked while it streams, gone without trace when it breaks off."""

import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from uuid import UUID

from chassis.currencies import check_currency
from chassis.ids import uuid7
from chassis.storage import Storage
from chassis.times import now
from imports_svc.feeds.doubt import CODES
from imports_svc.feeds.encodings import known
from imports_svc.feeds.fields import ENCODING
from imports_svc.jobs.errors import (
    EmptyUpload,
    UnknownDoubts,
    UnknownEncoding,
    UnknownFields,
    UploadIncomplete,
    UploadOptionsMissing,
    UploadTooLarge,
)
from imports_svc.jobs.models import File
from imports_svc.packing import SUFFIX, packed
from imports_svc.vocabulary.parameters import unknown_fields
from pm.imports.v1 import imports_pb2 as pb

BUCKET = "imports"
_UNSAFE = re.compile(r"[^\w.\-]+")
# Together with what the storage and a reader add, below the 255 bytes of a file system.
_KEPT_BYTES = 150


async def options(messages: AsyncIterator[pb.UploadFeedRequest]) -> pb.UploadOptions:
    """The options in the first message; raises UploadOptionsMissing, UnknownCurrency, UnknownFields, UnknownDoubts,
    UnknownEncoding."""
    first = await anext(messages, None)
    if first is None or first.WhichOneof("part") != "options":
        raise UploadOptionsMissing
    check_currency(first.options.currency, "options.currency")
    check_fields(first.options.mapping, "options.mapping")
    check_doubts(first.options.accept, "options.accept")
    return first.options


def check_fields(mapping: Mapping[str, str], field: str) -> None:
    """Raises UnknownFields, UnknownEncoding; whether the file has the columns is seen when it is looked at."""
    if unknown := unknown_fields(mapping):
        raise UnknownFields(unknown, field)
    said = mapping.get(ENCODING, "")
    if said and known(said) is None:
        raise UnknownEncoding(said, field)


def check_doubts(names: Iterable[str], field: str) -> None:
    """Raises UnknownDoubts for names that no doubt of any file has; the column behind a code is seen when the file is planned."""
    if unknown := [name for name in names if name.partition(":")[0] not in CODES]:
        raise UnknownDoubts(unknown, field)


async def store(
    storage: Storage, job_id: UUID, file_name: str, messages: AsyncIterator[pb.UploadFeedRequest], limit: int
) -> File:
    """Write the data messages as one object; raises EmptyUpload, UploadTooLarge, UploadIncomplete and keeps nothing then."""
    content = _Content(messages, limit)
    chunks = content.chunks()
    first = await anext(chunks, None)
    if first is None:
        raise EmptyUpload
    key = f"{now():%Y/%m/%d}/{job_id}/{safe_name(file_name)}{SUFFIX}"
    await storage.put(BUCKET, key, packed(_chain(first, chunks)))
    return File(id=uuid7(), name=file_name, bucket=BUCKET, key=key, size=content.size, sha256=content.digest.hexdigest())


def safe_name(file_name: str) -> str:
    """The last part of a file's name in characters that every store and shell takes; the suffix is kept."""
    name = _UNSAFE.sub("_", re.split(r"[/\\]", file_name)[-1]).lstrip(".")
    return name.encode()[-_KEPT_BYTES:].decode(errors="ignore") or "feed"


class _Content:
    """What the data messages carry, counted and hashed as it passes."""

    def __init__(self, messages: AsyncIterator[pb.UploadFeedRequest], limit: int) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._messages = messages
        self._limit = limit

    async def chunks(self) -> AsyncIterator[bytes]:
        announced = -1
        async for message in self._messages:
            part = message.WhichOneof("part")
            if part == "options":
                raise UploadOptionsMissing
            if part == "end":
                announced = message.end.size
                continue
            self.size += len(message.data)
            if self.size > self._limit:
                raise UploadTooLarge(self._limit)
            if message.data:
                self.digest.update(message.data)
                yield message.data
        # A client that broke off looks like one that is done: only the last part says that the file is whole.
        if self.size != announced:
            raise UploadIncomplete(self.size)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
