"""One file on its way: read piece by piece within its limits, gone on with where it broke off, never glued together of two."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import aiohttp

from fetching import headers
from fetching.errors import (
    AnswerUnexpected,
    ChangedMeanwhile,
    CutOff,
    DamagedBody,
    FetchFailed,
    TooLarge,
    TooSlow,
    TryLater,
    WrongType,
)
from fetching.limits import Limits
from fetching.requests import Fetched, Reply
from fetching.unpacking import unpacker
from fetching.urls import Url

if TYPE_CHECKING:
    from hashlib import _Hash

# Opens another answer to the same request, with more headers, in the place of the present one.
Part: TypeAlias = Callable[[Mapping[str, str]], Awaitable[aiohttp.ClientResponse]]
# Before a transfer is gone on with for the first, second, third time, in seconds.
PAUSES = (0.2, 1.0, 5.0)
PLAIN = "identity"


class Anew(Exception):
    """What comes is not what was begun: begin again. `because` is what to say when that was done often enough."""

    def __init__(self, because: FetchFailed) -> None:
        super().__init__()
        self.because = because


@dataclass(frozen=True)
class Begun:
    """The first bytes of a file, kept by an earlier transfer that broke off. They came as they are, not packed."""

    size: int
    # Of those bytes.
    digest: "_Hash" = field(repr=False)
    # What named exactly this state of the file.
    if_range: str
    # Bytes of the whole file, where they were told.
    of: int | None

    @property
    def headers(self) -> dict[str, str]:
        return {"Range": f"bytes={self.size}-", "If-Range": self.if_range, "Accept-Encoding": "identity"}


class Transfer:
    """What a sink is given. `start` is where its bytes begin: 0, or behind what was begun before."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        url: Url,
        limits: Limits,
        part: Part,
        begun: Begun | None = None,
    ) -> None:
        self._response = response
        self._url = url
        self._limits = limits
        self._part = part
        self._resumed = 0
        self._ended = False
        self.start = 0
        self.of: int | None = None
        self._digest = hashlib.sha256()
        # What was begun before came as it is.
        self._encoding = PLAIN if begun else headers.encoding(response.headers)
        if begun is not None:
            self._go_on_with(begun)
        elif response.status not in (200, 203):
            raise AnswerUnexpected(url.origin, f"status {response.status}")
        else:
            self.of = headers.length(response.headers)
        # What names exactly these bytes; empty where no part can be asked for.
        self.if_range = headers.if_range(response.headers) or (begun.if_range if begun else "")
        self._validators = headers.validators(response.headers)
        self._came = self._made = self.start
        self._unpacker = unpacker(url.origin, self._encoding, limits.ratio)
        self._check_beginning()

    @property
    def is_plain(self) -> bool:
        """Whether it comes as it is: only then can another process go on with it."""
        return self._encoding == PLAIN

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes from `start` on, unpacked. Raises FetchFailed, Anew."""
        while True:
            try:
                async for piece in self._read():
                    for made in self._unpacker.take(piece):
                        self._made += len(made)
                        if self._made > self._limits.size:
                            raise TooLarge(self._url.origin, self._limits.size)
                        self._digest.update(made)
                        yield made
            except _Broken:
                await self._go_on(CutOff(self._url.origin, self._came, self.of))
            else:
                break
        self._ended = True

    def fetched(self) -> Fetched:
        """What came, when all of it was taken."""
        if not self._ended:
            raise RuntimeError("the sink did not take all of it")
        told, charset = headers.content_type(self._response.headers)
        return Fetched(
            self._url,
            unchanged=False,
            validators=self._validators,
            size=self._made,
            sha256=self._digest.hexdigest(),
            came=self._came - self.start,
            content_type=told,
            charset=charset,
            filename=headers.filename(self._response.headers),
            whole=self._tells_its_end() or not self.is_plain,
            resumed=self._resumed,
        )

    def _tells_its_end(self) -> bool:
        """Whether a connection that ends too early is told from one that ends well."""
        if self.of is not None:
            return True
        # A part that ends well may end before the file does.
        return self._response.status != 206 and "chunked" in self._response.headers.get("Transfer-Encoding", "").lower()

    async def _read(self) -> AsyncIterator[bytes]:
        """The pieces of the present answer. Raises TooSlow, _Broken."""
        waited, since = 0.0, self._came
        while True:
            begun = time.monotonic()
            try:
                piece = await self._response.content.readany()
            except TimeoutError:
                raise TooSlow(self._url.origin, f"it was silent for {self._limits.silence:g} seconds") from None
            except (aiohttp.ClientError, OSError):
                raise _Broken from None
            waited += time.monotonic() - begun
            if not piece:
                break
            self._came += len(piece)
            if waited >= self._limits.patience:
                if self._came - since < waited * self._limits.slowest:
                    raise TooSlow(self._url.origin, f"it sends less than {self._limits.slowest} bytes a second")
                waited, since = 0.0, self._came
            yield piece
        if self.of is not None and self._came != self.of:
            raise _Broken
        if not self._unpacker.ends_well():
            if self._tells_its_end():
                raise DamagedBody(self._url.origin)
            raise _Broken

    async def _go_on(self, cut: CutOff) -> None:
        """Ask for the rest. Raises Anew, and what was wrong when that does not help."""
        if not self.if_range or not self._came:
            raise cut
        while self._resumed < self._limits.resumes:
            await asyncio.sleep(PAUSES[min(self._resumed, len(PAUSES) - 1)])
            self._resumed += 1
            try:
                rest = await self._part({"Range": f"bytes={self._came}-", "If-Range": self.if_range})
            except TryLater:
                continue
            self._check_rest(rest, self._came, cut)
            self._response = rest
            return
        raise cut

    def _go_on_with(self, begun: Begun) -> None:
        cut = CutOff(self._url.origin, begun.size, begun.of)
        self.of = begun.of
        self._check_rest(self._response, begun.size, cut, begun.if_range)
        self.start = begun.size
        self._digest = begun.digest.copy()

    def _check_rest(self, rest: aiohttp.ClientResponse, came: int, cut: CutOff, if_range: str = "") -> None:
        """Raise Anew unless this is the rest of the very file of which so many bytes came."""
        named = if_range or self.if_range
        if rest.status in (200, 203):
            # The whole, because it changed, or because this server sends no parts.
            raise Anew(cut if headers.if_range(rest.headers) == named else ChangedMeanwhile(self._url.origin))
        found = headers.content_range(rest.headers) if rest.status == 206 else None
        told = headers.validators(rest.headers)
        if found is not None and not told:
            # It may be a part of anything. Nothing says that the file changed.
            raise Anew(cut)
        is_same = named == (told.etag if named.startswith('"') else told.last_modified)
        is_same = is_same and headers.encoding(rest.headers) == self._encoding
        if found is None or found.first != came or not is_same or (None not in (self.of, found.of) and self.of != found.of):
            raise Anew(ChangedMeanwhile(self._url.origin))
        if self.of is None:
            self.of = found.of

    def _check_beginning(self) -> None:
        told, _ = headers.content_type(self._response.headers)
        wanted, unwanted = self._limits.types, self._limits.no_types
        if wanted and not headers.fits(told, wanted):
            raise WrongType(self._url.origin, told[:80], " or ".join(wanted))
        if unwanted and headers.fits(told, unwanted):
            raise WrongType(self._url.origin, told[:80], "a file")
        if self.of is not None and self.of > self._limits.size:
            raise TooLarge(self._url.origin, self._limits.size)


async def reply_of(response: aiohttp.ClientResponse, url: Url, limits: Limits) -> Reply:
    """A whole answer that is small enough for memory. Raises FetchFailed."""
    body = bytearray()
    unpacked = unpacker(url.origin, headers.encoding(response.headers), limits.ratio)
    try:
        while piece := await response.content.readany():
            for made in unpacked.take(piece):
                body += made
                if len(body) > limits.size:
                    raise TooLarge(url.origin, limits.size)
    except TimeoutError:
        raise TooSlow(url.origin, f"it was silent for {limits.silence:g} seconds") from None
    except (aiohttp.ClientError, OSError):
        raise CutOff(url.origin, len(body), headers.length(response.headers)) from None
    told = {name: headers.readable(response.headers[name]) for name in response.headers}
    return Reply(response.status, told, bytes(body))


class _Broken(Exception):
    """The connection ended before the answer did."""
