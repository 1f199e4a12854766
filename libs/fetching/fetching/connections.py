"""Connections to others, each to an address that was checked or through the operator's proxy. Redirects are not followed here."""

import socket
import ssl
from collections.abc import Awaitable, Mapping
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from fetching.errors import (
    AnswerUnexpected,
    CertificateRefused,
    FetchFailed,
    HostAway,
    HostUnknown,
    TooSlow,
)
from fetching.guard import Guard
from fetching.limits import Limits
from fetching.settings import FetchingSettings
from fetching.urls import Url

BUFFER = 256 * 1024
# A connection that nobody uses is closed after so many seconds: servers close theirs at 5 or more.
KEPT_SECONDS = 4.0
# OpenSSL's numbers of what is wrong with a certificate.
_WHY = {
    7: "its certificate is not signed by whom it names",
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is signed by itself",
    19: "its certificate is signed by an authority that nobody knows",
    20: "its certificate is signed by an authority that nobody knows, or it does not send the certificates in between",
    21: "it does not send the certificates between its own and a known authority",
    23: "its certificate was revoked",
    62: "its certificate is for another host",
    64: "its certificate is for another address",
}


class _CheckedNames(AbstractResolver):
    """What a name stands for, checked by the guard; asked for each connection anew."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._guard.addresses(host, port)
        ]

    async def close(self) -> None:
        """Nothing is kept."""


class Connections:
    """Sessions of one process: one that connects to checked addresses, and one that knows nothing but the proxy."""

    def __init__(self, settings: FetchingSettings, guard: Guard) -> None:
        self._settings = settings
        self._guard = guard
        context = ssl.create_default_context()
        if settings.ca_file is not None:
            context.load_verify_locations(cafile=settings.ca_file)
        self._context = context
        self._direct: aiohttp.ClientSession | None = None
        self._by_proxy: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Connections":
        direct = aiohttp.TCPConnector(
            resolver=_CheckedNames(self._guard),
            socket_factory=self._guard.socket,
            use_dns_cache=False,
            limit=0,
            keepalive_timeout=KEPT_SECONDS,
            ssl=self._context,
        )
        self._direct = _session(direct)
        self._by_proxy = _session(aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS, ssl=self._context))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for session in (self._direct, self._by_proxy):
            if session is not None:
                await session.close()

    async def ask(
        self, url: Url, headers: Mapping[str, str], limits: Limits, *, method: str = "GET", body: bytes | None = None
    ) -> aiohttp.ClientResponse:
        """The beginning of an answer, whatever its status; it is to be closed. Raises FetchFailed."""
        assert self._direct is not None and self._by_proxy is not None, "connections are opened by `async with`"
        proxy = self._settings.proxy(url.scheme, url.host)
        if proxy:
            await self._check_for_proxy(url)
        session = self._by_proxy if proxy else self._direct

        def request() -> Awaitable[aiohttp.ClientResponse]:
            return session.request(
                method,
                URL(url.text, encoded=True),
                headers={"User-Agent": self._settings.user_agent, "Accept": "*/*", **headers},
                data=body,
                allow_redirects=False,
                proxy=proxy or None,
                timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect, sock_read=limits.silence),
            )

        try:
            with self._guard.one_connection():
                try:
                    return await request()
                except aiohttp.ClientResponseError as error:
                    # Mostly the rest of an answer that was longer than it said, on a connection that was used before.
                    if method != "GET" or isinstance(error, aiohttp.ClientHttpProxyError):
                        raise
                    return await request()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, ssl.SSLError) as error:
            raise _translated(error, url, limits) from None

    async def _check_for_proxy(self, url: Url) -> None:
        """The proxy looks names up by itself: one that is known here is checked here, others are its business."""
        try:
            await self._guard.addresses(url.host, url.port)
        except HostUnknown:
            return


def _session(connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        read_bufsize=BUFFER,
        max_line_size=16 * 1024,
        max_field_size=16 * 1024,
    )


def _translated(error: Exception, url: Url, limits: Limits) -> FetchFailed:  # noqa: PLR0911  # one line a kind
    """What the client says, in our words: its own hold the address."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return HostAway(url.origin, f"there is no connection within {limits.connect:g} seconds")
        case aiohttp.SocketTimeoutError() | TimeoutError():
            return TooSlow(url.origin, f"it was silent for {limits.silence:g} seconds")
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as fault):
            return CertificateRefused(url.origin, _WHY.get(fault.verify_code, fault.verify_message))
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return HostAway(url.origin, "it does not speak TLS, or none that is safe today")
        case aiohttp.ClientHttpProxyError(status=status):
            return HostAway(url.origin, f"the proxy on the way answers {status}")
        case aiohttp.ClientProxyConnectionError():
            return HostAway(url.origin, "the proxy on the way is not there (HTTPS_PROXY, HTTP_PROXY)")
        case aiohttp.ClientConnectorDNSError():
            return HostUnknown(url.host)
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return HostAway(url.origin, "it refuses the connection")
        case aiohttp.ClientConnectionError() | OSError():
            return HostAway(url.origin, "the connection breaks off before there is an answer")
        case _:
            return AnswerUnexpected(url.origin, "no HTTP, or more than it says that it sends")
