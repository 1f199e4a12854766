"""Which addresses may be asked: those of the public Internet, and those inside that the operator names (PM_FETCH_INSIDE).

A user who sets an address makes this machine ask it (SSRF). What a name stands for is looked up once for each connection, all of
it is checked, and the connection goes to what was checked: a name that means something else a moment later changes nothing. Just
before a connection is opened its address is checked once more (`Guard.socket`), whichever way it came there.
"""

import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, TypeAlias

import structlog

from fetching import urls
from fetching.errors import AddressInside, HostUnknown, UrlInvalid
from fetching.names import Names
from fetching.urls import Url

log = structlog.get_logger(__name__)

Ip: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
# The addresses of a name and a port.
Lookup: TypeAlias = Callable[[str, int], Awaitable[list[str]]]

# What `ipaddress` calls global and is not for us, or what some versions of Python call global wrongly.
_NOT_FOR_US: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # between a provider and its customers; Alibaba's metadata
        "168.63.129.16/32",  # Azure's platform, asked from inside its machines
        "192.0.0.0/24",  # protocols; Oracle's metadata
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b:1::/48",  # NAT64 of one's own network
        "100::/32",  # discarded
        "2001::/23",  # protocols, Teredo
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",
        "fe80::/9",  # link-local, site-local
        "ff00::/8",
    )
)
# How networks of IPv6 alone reach IPv4 (DNS64).
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
# What a host of the operator's list stands for, with its port, while it is connected to. A set of the one connection: tasks that
# are begun for it share it, others don't see it.
_NAMED: ContextVar[set[tuple[str, int]] | None] = ContextVar("_NAMED", default=None)


def is_public(ip: Ip) -> bool:
    """Whether an address is one of the public Internet; one that wraps an IPv4 address is only as NAT64 of a public one."""
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return is_public(IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip.scope_id is not None or int(ip) >> 32 & 0xFFFFFFFF in _ISATAP:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip.version == one.version and ip in one for one in _NOT_FOR_US)


class Guard:
    """What is allowed beside the public Internet: networks, hosts, and hosts with a port.

    `inside` reads like `10.1.0.0/16`, `192.168.1.7`, `files.lan`, `files.lan:2121`. Raises ValueError with a sentence.
    """

    def __init__(self, inside: Iterable[str] = (), look_up: Lookup | None = None) -> None:
        networks: list[Network] = []
        hosts: set[str] = set()
        for one in inside:
            try:
                networks.append(ip_network(one.strip("[]")))
            except ValueError:
                hosts.add(_inside_host(one))
        self._networks = tuple(networks)
        self._hosts = frozenset(hosts)
        self._look_up = look_up or Names().look_up

    def read(self, text: str) -> Url:
        """Read an address, and refuse it where that needs no look-up. Raises UrlRefused."""
        return self._allowed(urls.read(text, inside=self._hosts))

    def join(self, url: Url, location: str) -> Url:
        """Where a redirect leads to. Raises UrlRefused."""
        return self._allowed(urls.join(url, location, inside=self._hosts))

    async def addresses(self, host: str, port: int) -> list[str]:
        """What a host stands for, every one of them checked. Raises AddressInside, HostUnknown."""
        try:
            found = await self._look_up(host, port)
        except (OSError, UnicodeError):
            raise HostUnknown(host) from None
        if not found:
            raise HostUnknown(host)
        named = self._is_named(host, port)
        for address in found:
            self._check(host, address, port, named=named)
        if named and (allowed := _NAMED.get()) is not None:
            allowed.update((address, port) for address in found)
        return found

    @contextmanager
    def one_connection(self) -> Iterator[None]:
        """What the operator's names turn out to stand for in here may be connected to in here, and nowhere else."""
        token = _NAMED.set(set())
        try:
            yield
        finally:
            _NAMED.reset(token)

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The socket of a connection that is about to be opened. Raises AddressInside."""
        family, kind, protocol, _, (address, port, *_) = info
        self._check("this host", address, port, named=(address, port) in (_NAMED.get() or ()))
        return socket.socket(family, kind, protocol)

    def _allowed(self, url: Url) -> Url:
        if url.ip is not None:
            self._check(url.host, url.host, url.port, named=False)
        return url

    def _is_named(self, host: str, port: int) -> bool:
        return host in self._hosts or f"{host}:{port}" in self._hosts

    def _check(self, host: str, address: str, port: int, *, named: bool) -> None:
        """Raise AddressInside unless it is public or the operator allows it, as such or by the name of its host (`named`)."""
        try:
            ip = ip_address(address)
        except ValueError:
            raise AddressInside(host) from None
        if is_public(ip) or named or self._is_named(str(ip), port):
            return
        if not any(ip.version == network.version and ip in network for network in self._networks):
            log.warning("address refused", host=host, address=address)
            raise AddressInside(host)


def _inside_host(text: str) -> str:
    """A host as it is compared, with its port where it has one. Raises ValueError."""
    host, colon, port = text.strip().rpartition(":")
    try:
        if set(text) & set("/?#@"):
            raise UrlInvalid("it is more than a host")  # noqa: TRY301  # said below
        url = urls.read(f"https://{host if colon else port}")
    except UrlInvalid:
        raise ValueError(f"{text!r} is no network, host or host:port, such as 10.1.0.0/16, files.lan or files.lan:2121") from None
    if colon and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r} has no port between 1 and 65535")
    return f"{url.host}:{port}" if colon else url.host
