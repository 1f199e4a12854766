"""Objects: a small port over any S3, so that the client library can be replaced in one place."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import obstore
import urllib3
from minio import Minio
from minio.error import S3Error
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from chassis import tracing
from chassis.errors import NotFound, Unavailable
from chassis.settings import StorageSettings

REGION = "us-east-1"
STEP_BYTES = 1024 * 1024
PART_BYTES = 8 * 1024 * 1024
# The store has this long to take a connection, and for each answer or piece of one.
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
# Of what was not answered, and of answers that ask for it; only calls that may be repeated.
RETRY = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
# Of a whole object: only silence ends it.
NO_LIMIT = timedelta(days=30)
# Chunks waiting between the network and S3.
BUFFERED_CHUNKS = 8
# A chunk, the end of the chunks, or why there are no more.
Piece = bytes | OSError | None
# How obstore says that the store answered with a fault of its own.
_FAILING = re.compile(r"status code: 5\d\d")


class ObjectNotFound(NotFound):
    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(f"There is no object {key} in {bucket}.", bucket=bucket, key=key)


class StorageAway(Unavailable):
    def __init__(self) -> None:
        super().__init__("The object storage does not answer; try again in a moment.")


class StorageFailing(Unavailable):
    """The store answers, but with faults of its own. S3 has no code for a full disk: this is how one shows."""

    def __init__(self) -> None:
        super().__init__(
            "The object storage answers with errors. Mostly its disk is full: make room there, or see its log; then try again."
        )


@dataclass(frozen=True)
class Stored:
    """What was written: its size in bytes and its SHA-256 as hexadecimal digits."""

    size: int
    sha256: str


class Storage:
    """One S3 account, used from the event loop. All methods raise StorageAway, StorageFailing.

    Bytes go through obstore, which needs no thread for a transfer (docs/adr/0058); all else through the minio SDK, in threads.
    """

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._stores: dict[str, S3Store] = {}
        self._client = Minio(
            settings.endpoint,
            access_key=settings.access_key,
            secret_key=settings.secret_key,
            secure=settings.secure,
            region=REGION,
            http_client=urllib3.PoolManager(timeout=urllib3.Timeout(CONNECT_SECONDS, READ_SECONDS), retries=RETRY, maxsize=10),
        )

    async def ensure_bucket(self, bucket: str) -> None:
        """Create the bucket unless it is there."""
        with _span("EnsureBucket", bucket):
            if not await asyncio.to_thread(self._client.bucket_exists, bucket):
                await asyncio.to_thread(self._client.make_bucket, bucket)

    async def put(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """Write a stream of unknown length. When the stream raises, or nobody waits any more, nothing is kept."""
        with _span("PutObject", bucket):
            return await self._put(bucket, key, chunks)

    async def _put(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        size, digest = 0, hashlib.sha256()
        head: list[bytes] = []
        async for chunk in chunks:
            size += len(chunk)
            digest.update(chunk)
            head.append(chunk)
            if size >= PART_BYTES:
                break
        else:
            # One request, where parts take three.
            sending = obstore.put_async(self._store(bucket), key, b"".join(head), use_multipart=False)
            await self._end(asyncio.ensure_future(sending), bucket, key)
            return Stored(size, digest.hexdigest())
        pieces: asyncio.Queue[Piece] = asyncio.Queue(BUFFERED_CHUNKS)
        source = _pieces(head, pieces)
        upload = asyncio.ensure_future(
            obstore.put_async(self._store(bucket), key, source, chunk_size=PART_BYTES, max_concurrency=1)
        )
        # One that has failed takes no more: whoever waits for room goes on, and sees it.
        upload.add_done_callback(lambda _: _clear(pieces))
        try:
            async for chunk in chunks:
                size += len(chunk)
                digest.update(chunk)
                await pieces.put(chunk)
                if upload.done():
                    break
            await pieces.put(None)
        except BaseException:
            _clear(pieces)
            pieces.put_nowait(OSError("the upload broke off"))
            await asyncio.gather(upload, return_exceptions=True)
            raise
        await self._end(upload, bucket, key)
        return Stored(size, digest.hexdigest())

    async def _end(self, upload: "asyncio.Future[Any]", bucket: str, key: str) -> None:
        """Wait for an upload of which all was sent; cancelled, it would leave parts. Where nobody waits any more it goes."""
        try:
            await asyncio.shield(upload)
        except asyncio.CancelledError:
            await asyncio.gather(upload, return_exceptions=True)
            if upload.exception() is None:
                await self.remove(bucket, key)
            raise

    async def download(self, bucket: str, key: str, target: Path) -> None:
        """Write the object to a local file; raises ObjectNotFound."""
        with _span("GetObject", bucket):
            try:
                found = await obstore.get_async(self._store(bucket), key)
            except FileNotFoundError:
                raise ObjectNotFound(bucket, key) from None
            with target.open("wb") as file:
                async for piece in found.stream(min_chunk_size=STEP_BYTES):
                    await asyncio.to_thread(file.write, piece)

    async def remove(self, bucket: str, key: str) -> None:
        """Delete the object; one that is not there is no error."""
        with _span("DeleteObject", bucket):
            await asyncio.to_thread(self._client.remove_object, bucket, key)

    async def ping(self) -> None:
        """Raise unless the store answers."""
        await asyncio.to_thread(self._client.list_buckets)

    def _store(self, bucket: str) -> S3Store:
        if bucket not in self._stores:
            settings = self._settings
            self._stores[bucket] = S3Store(
                bucket,
                endpoint=f"{'https' if settings.secure else 'http'}://{settings.endpoint}",
                access_key_id=settings.access_key,
                secret_access_key=settings.secret_key,
                region=REGION,
                virtual_hosted_style_request=False,
                client_options={
                    "allow_http": not settings.secure,
                    "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                    "read_timeout": timedelta(seconds=READ_SECONDS),
                    "timeout": NO_LIMIT,
                },
                retry_config={"max_retries": 2, "retry_timeout": NO_LIMIT},
            )
        return self._stores[bucket]


async def _pieces(head: list[bytes], queue: "asyncio.Queue[Piece]") -> AsyncIterator[bytes]:
    """The head and what waits, until its end; raises what stands in the place of a chunk."""
    while head:
        yield head.pop(0)
    while (piece := await queue.get()) is not None:
        if isinstance(piece, OSError):
            raise piece
        yield piece


def _clear(queue: "asyncio.Queue[Piece]") -> None:
    while not queue.empty():
        queue.get_nowait()


@contextmanager
def _span(operation: str, bucket: str) -> Iterator[None]:
    """One call, also in the trace. Raises StorageAway, StorageFailing."""
    try:
        with tracing.span(f"S3 {operation}", "CLIENT", **{"rpc.system": "aws-api", "aws.s3.bucket": bucket}):
            yield
    except urllib3.exceptions.HTTPError as error:
        answered = isinstance(error, urllib3.exceptions.MaxRetryError) and isinstance(
            error.reason, urllib3.exceptions.ResponseError
        )
        raise (StorageFailing if answered else StorageAway) from error
    except (PermissionDeniedError, UnauthenticatedError):
        raise
    except BaseError as error:
        raise (StorageFailing if _FAILING.search(str(error)) else StorageAway) from error
    except S3Error as error:
        if error.response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise StorageFailing from error
        raise
