"""Objects: a small port over any S3, so that the client library can be replaced in one place."""

import asyncio
import hashlib
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import urllib3
from minio import Minio
from minio.error import S3Error

from chassis import tracing
from chassis.errors import NotFound, Unavailable
from chassis.settings import StorageSettings

T = TypeVar("T")
STEP_BYTES = 1024 * 1024
PART_BYTES = 8 * 1024 * 1024
# The store has this long to take a connection, and for each answer or piece of one.
TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)
# Of what was not answered, and of answers that ask for it; only calls that may be repeated.
RETRY = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
# Parts waiting between the network and S3.
BUFFERED_CHUNKS = 32

# Set when nobody waits any more for what this thread does.
_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


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
    """One S3 account. Methods are called from the event loop, the blocking client works in threads.

    All raise StorageAway, StorageFailing.
    """

    def __init__(self, settings: StorageSettings) -> None:
        self._client = Minio(
            settings.endpoint,
            access_key=settings.access_key,
            secret_key=settings.secret_key,
            secure=settings.secure,
            region="us-east-1",
            http_client=urllib3.PoolManager(timeout=TIMEOUT, retries=RETRY, maxsize=10),
        )

    async def ensure_bucket(self, bucket: str) -> None:
        """Create the bucket unless it is there."""
        with _span("EnsureBucket", bucket):
            if not await asyncio.to_thread(self._client.bucket_exists, bucket):
                await asyncio.to_thread(self._client.make_bucket, bucket)

    async def put(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """Write a stream of unknown length. When the stream raises, nothing is kept and the error goes on."""
        with _span("PutObject", bucket):
            return await self._put(bucket, key, chunks)

    async def _put(self, bucket: str, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        pipe = _Pipe()
        sending = partial(self._client.put_object, bucket, key, cast(BinaryIO, pipe), length=-1, part_size=PART_BYTES)
        # A thread of its own: it waits for whoever sends the file, for as long as that takes, and nobody else shall wait with it.
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="upload")
        upload = asyncio.get_running_loop().run_in_executor(thread, copy_context().run, sending)
        thread.shutdown(wait=False)
        try:
            async for chunk in chunks:
                while not pipe.offer(chunk):
                    if upload.done():
                        break
                    await asyncio.sleep(0.005)
                if upload.done():
                    break
        except BaseException as error:
            pipe.fail(error)
            await asyncio.gather(upload, return_exceptions=True)
            raise
        pipe.close()
        await upload
        return Stored(pipe.size, pipe.digest.hexdigest())

    async def download(self, bucket: str, key: str, target: Path) -> None:
        """Write the object to a local file; raises ObjectNotFound."""
        try:
            with _span("GetObject", bucket):
                await in_thread(partial(self._download, bucket, key, target))
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise ObjectNotFound(bucket, key) from None
            raise

    def _download(self, bucket: str, key: str, target: Path) -> None:
        response = self._client.get_object(bucket, key)
        try:
            with target.open("wb") as file:
                for piece in response.stream(STEP_BYTES):
                    check_stop()
                    file.write(piece)
        finally:
            response.close()
            response.release_conn()

    async def remove(self, bucket: str, key: str) -> None:
        """Delete the object; one that is not there is no error."""
        with _span("DeleteObject", bucket):
            await asyncio.to_thread(self._client.remove_object, bucket, key)

    async def ping(self) -> None:
        """Raise unless the store answers."""
        await asyncio.to_thread(self._client.list_buckets)


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
    except S3Error as error:
        if error.response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise StorageFailing from error
        raise


class _Pipe:
    """A file-like object that one thread reads while the event loop fills it."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._chunks: queue.Queue[bytes | BaseException] = queue.Queue()
        self._rest = b""
        self._ended = False

    def offer(self, chunk: bytes) -> bool:
        """Take a chunk in unless enough are waiting."""
        if self._chunks.qsize() >= BUFFERED_CHUNKS:
            return False
        self.size += len(chunk)
        self.digest.update(chunk)
        self._chunks.put(chunk)
        return True

    def close(self) -> None:
        self._chunks.put(b"")

    def fail(self, error: BaseException) -> None:
        self._chunks.put(error)

    def read(self, wanted: int) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while have < wanted and not self._ended:
            chunk = self._chunks.get()
            if isinstance(chunk, BaseException):
                raise OSError("the upload broke off") from chunk
            self._ended = not chunk
            parts.append(chunk)
            have += len(chunk)
        whole = b"".join(parts)
        self._rest = whole[wanted:]
        return whole[:wanted]


class Stopped(Exception):
    """Nobody waits any more for what this thread does."""


def check_stop() -> None:
    """To be called by long work between its steps. Raises Stopped inside a thread of `in_thread` that was given up."""
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise Stopped


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread. When this call is cancelled, `work` ends at its next `check_stop` and is waited for."""
    stop = threading.Event()
    context = copy_context()
    context.run(_stop.set, stop)
    running = asyncio.get_running_loop().run_in_executor(None, context.run, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        raise
