"""Fetching: redirects followed and checked, hosts asked with manners, transfers gone on with where they broke off."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from types import TracebackType
from typing import TypeAlias, TypeVar

import aiohttp
import structlog

from chassis import metrics, tracing
from fetching import headers
from fetching.connections import Connections
from fetching.errors import (
    AccessRefused,
    AnswerUnexpected,
    CredentialsInUrl,
    FetchFailed,
    Gone,
    NotThere,
    PortRefused,
    RedirectRefused,
    ServerFailing,
    TooManyRedirects,
    TooManyRequests,
    TooSlow,
    UrlInvalid,
)
from fetching.guard import Guard
from fetching.limits import MIB, Limits
from fetching.manners import Manners
from fetching.requests import Fetched, Reply, Request
from fetching.settings import FetchingSettings
from fetching.transfer import Anew, Begun, Transfer, reply_of
from fetching.urls import Url

log = structlog.get_logger(__name__)

# Takes the bytes in. When the file changed while it was read it is called anew, with all of them: what it has kept is to be given
# up.
Sink: TypeAlias = Callable[[AsyncIterator[bytes]], Awaitable[object]]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Of what is sent and what is answered to it.
SENDING = Limits(size=MIB, whole=60.0, silence=30.0)
T = TypeVar("T")


class Fetcher:
    """What one process asks others; opened by `async with`, used by many tasks."""

    def __init__(self, settings: FetchingSettings, guard: Guard | None = None) -> None:
        self.guard = guard or Guard(settings.inside)
        self._connections = Connections(settings, self.guard)
        self._manners = Manners(settings.connections_per_host, settings.requests_per_second)

    async def __aenter__(self) -> "Fetcher":
        await self._connections.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._connections.__aexit__(kind, error, trace)

    async def fetch(self, request: Request, sink: Sink, limits: Limits | None = None) -> Fetched:
        """Give what is at an address to `sink`, which is not called when it is unchanged.

        Raises FetchFailed, what `sink` raises, and ValueError for headers that can't be sent.
        """
        return await self.transfer(request, lambda transfer: sink(transfer.pieces()), limits or Limits())

    async def send(
        self, request: Request, body: bytes, body_type: str, *, method: str = "POST", limits: Limits = SENDING
    ) -> Reply:
        """Send something, such as a notification to a webhook; redirects are refused. Whatever the server answers is the reply.

        Raises FetchFailed; behind TooSlow and HostAway it may have been done, so what must not happen twice needs a key of the
        server's own.
        """
        url = request.sent_target(self.guard.read(request.url))
        sent = request.sent_headers() | {"Content-Type": body_type, "Accept-Encoding": "identity"}

        async def once() -> Reply:
            async with self._manners.connection(url.origin):
                response = await self._asked(url, sent, limits, method=method, body=body)
                async with response:
                    if response.status in _REDIRECTS:
                        raise RedirectRefused(url.origin, "what is sent goes to one address only. Set the one behind it.")
                    return await reply_of(response, url, limits)

        return await self._told(method, url, self._in_time(once(), url, limits), lambda _: "sent")

    async def transfer(
        self, request: Request, sink: Callable[[Transfer], Awaitable[object]], limits: Limits, begun: Begun | None = None
    ) -> Fetched:
        """`fetch` for sinks that go on with what they have `begun` before; `Transfer.start` says where the bytes begin."""
        url = request.sent_target(self.guard.read(request.url))
        request.sent_headers()
        work = self._in_time(self._repeated(request, url, sink, limits, begun), url, limits)
        return await self._told("GET", url, work, lambda fetched: "unchanged" if fetched.unchanged else "fetched")

    async def _told(self, method: str, url: Url, work: Awaitable[T], outcome_of: Callable[[T], str]) -> T:
        """The same with its place in the trace, in the metrics and in the log."""
        started = time.monotonic()
        outcome, tell = "failed", log.info
        try:
            with tracing.span(f"HTTP {method}", "CLIENT", **{"server.address": url.host, "server.port": str(url.port)}):
                done = await work
            # A night may look at a million pictures that have not changed.
            outcome, tell = outcome_of(done), log.debug
        except FetchFailed as error:
            outcome = error.reason.lower()
            raise
        else:
            return done
        finally:
            seconds = time.monotonic() - started
            metrics.timed(metrics.FETCH, outcome)(seconds)
            tell("fetch", host=url.netloc, outcome=outcome, seconds=round(seconds, 3))

    async def _in_time(self, work: Awaitable[T], url: Url, limits: Limits) -> T:
        deadline = asyncio.timeout(limits.whole)
        try:
            async with deadline:
                return await work
        except TimeoutError:
            if deadline.expired():
                raise TooSlow(url.origin, f"it is not done within {limits.whole:g} seconds") from None
            raise

    async def _repeated(
        self,
        request: Request,
        url: Url,
        sink: Callable[[Transfer], Awaitable[object]],
        limits: Limits,
        begun: Begun | None,
    ) -> Fetched:
        """From the beginning again while the file changes."""
        for left in reversed(range(limits.resumes + 1)):
            try:
                return await self._once(request, url, sink, limits, begun)
            except Anew as anew:
                begun = None
                if not left:
                    raise anew.because from None
        raise AssertionError("the last round returns or raises")

    async def _once(
        self,
        request: Request,
        url: Url,
        sink: Callable[[Transfer], Awaitable[object]],
        limits: Limits,
        begun: Begun | None,
    ) -> Fetched:
        async with AsyncExitStack() as stack:

            async def open_in_place(more: Mapping[str, str]) -> aiohttp.ClientResponse:
                await stack.aclose()
                answer, _ = await stack.enter_async_context(self._answer(request, url, limits, more))
                return answer

            asked = begun.headers if begun else request.known.conditions
            response, final = await stack.enter_async_context(self._answer(request, url, limits, asked))
            if response.status == HTTPStatus.NOT_MODIFIED:
                if begun or not request.known:
                    raise AnswerUnexpected(final.origin, "that nothing has changed (304), which nobody asked")
                return Fetched(final, unchanged=True, validators=headers.validators(response.headers) or request.known)
            transfer = Transfer(response, final, limits, open_in_place, begun)
            await sink(transfer)
            return transfer.fetched()

    @asynccontextmanager
    async def _answer(
        self, request: Request, url: Url, limits: Limits, more: Mapping[str, str]
    ) -> AsyncIterator[tuple[aiohttp.ClientResponse, Url]]:
        """The answer at the end of all redirects: 200, 206, 304 or 416. Raises FetchFailed."""
        own, given = request.sent_headers(), request.brings_credentials
        seen = {url.text}
        for _ in range(limits.redirects + 1):
            async with self._manners.connection(url.origin):
                packed = "gzip" if request.packed else "identity"
                response = await self._asked(url, {**own, "Accept-Encoding": packed, **more}, limits)
                async with response:
                    if response.status not in _REDIRECTS:
                        self._check_status(response, url, given=given)
                        yield response, url
                        return
                    following = self._following(url, response)
            if following.text in seen:
                raise TooManyRedirects(url.origin, len(seen))
            seen.add(following.text)
            if not _same_owner(url, following):
                own, given = {}, False
            url = following
        raise TooManyRedirects(url.origin, limits.redirects)

    async def _asked(
        self, url: Url, sent: Mapping[str, str], limits: Limits, *, method: str = "GET", body: bytes | None = None
    ) -> aiohttp.ClientResponse:
        """One answer that is no wish to be left alone. For a GET that is waited for once; all else is asked once only, as nobody
        knows what a server did before it said no. Raises FetchFailed.
        """
        for left in (1, 0) if method == "GET" else (0,):
            await self._manners.turn(url, limits.waits)
            response = await self._connections.ask(url, sent, limits, method=method, body=body)
            told = headers.retry_after(response.headers)
            if response.status != HTTPStatus.TOO_MANY_REQUESTS and not (
                response.status == HTTPStatus.SERVICE_UNAVAILABLE and told is not None
            ):
                return response
            response.close()
            wait = self._manners.leave_alone(url, told)
            if not left or wait > limits.waits:
                if response.status == HTTPStatus.TOO_MANY_REQUESTS:
                    raise TooManyRequests(url.origin, wait)
                raise ServerFailing(url.origin, response.status, wait)
        raise AssertionError("the last round returns or raises")

    def _following(self, url: Url, response: aiohttp.ClientResponse) -> Url:
        """Where an answer sends on to. Raises RedirectRefused, AddressInside, AnswerUnexpected."""
        location = response.headers.get("Location", "")
        if not location:
            raise AnswerUnexpected(url.origin, f"that it is elsewhere ({response.status}), and not where")
        try:
            following = self.guard.join(url, location)
        except (UrlInvalid, CredentialsInUrl, PortRefused) as error:
            raise RedirectRefused(url.origin, error.message) from None
        if url.scheme == "https" and following.scheme == "http":
            raise RedirectRefused(url.origin, "it leaves https for http, where anybody could change it. Set its https address.")
        return following

    def _check_status(self, response: aiohttp.ClientResponse, url: Url, *, given: bool) -> None:
        status = response.status
        if status in (200, 203, 206, 304, 416):
            return
        match status:
            case 401 | 403 | 407:
                raise AccessRefused(url.origin, status, given=given)
            case 404:
                raise NotThere(url.origin)
            case 410:
                raise Gone(url.origin)
            case 408 | 425 | _ if status >= 500 or status in (408, 425):
                raise ServerFailing(url.origin, status, headers.retry_after(response.headers))
            case _:
                raise AnswerUnexpected(url.origin, f"status {status}")


def _same_owner(one: Url, other: Url) -> bool:
    """Whether what is meant for one may be sent to the other: the same host and port, or its https after its http."""
    upgraded = (one.scheme, one.port, other.scheme, other.port) == ("http", 80, "https", 443)
    return one.host == other.host and (upgraded or one.origin == other.origin)
