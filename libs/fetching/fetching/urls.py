"""Addresses as users write them: read strictly, in one way only, so that what was checked is what is asked.

Programs differ in how they read `http://good.example\\@evil.example`, `http://127.1` or `http://0x7f000001`. Whatever could be
read in two ways is refused here, and what is left is asked under the host that was checked.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin, urlsplit

import idna

from fetching.errors import CredentialsInUrl, PortRefused, UrlInvalid

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 4096
# Services that speak first or take lines, above 1023; those below are refused but for 80 and 443 (WHATWG Fetch, "bad port").
BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNCLEAR = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_UNQUOTED = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True)
class Url:
    """An http or https address whose parts are known. Its path and query are not in its repr: they may be secrets."""

    scheme: str
    # In ASCII and lower case, without brackets and without a dot at its end.
    host: str
    port: int
    # Path and query, as they are sent.
    target: str = field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port: what messages name."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """All of it, secrets included: for the client, never for a message."""
        return self.origin + self.target

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """The address that stands in the place of a name, if one does."""
        return _ip(self.host)

    def __str__(self) -> str:
        return f"{self.origin}/…"


def join(url: Url, location: str, *, inside: frozenset[str] = frozenset()) -> Url:
    """Where a redirect leads to. Raises UrlInvalid, CredentialsInUrl, PortRefused."""
    if _UNCLEAR.search(location):
        raise UrlInvalid("it holds spaces, backslashes or control characters")
    if _SCHEME.match(location):
        return read(location, inside=inside)
    if location.startswith("//"):
        return read(f"{url.scheme}:{location}", inside=inside)
    try:
        return read(urljoin(url.text, location), inside=inside)
    except ValueError:
        raise UrlInvalid("its host or its port can't be read") from None


def read(text: str, *, inside: frozenset[str] = frozenset()) -> Url:
    """Read an address. `inside` holds the `host:port` that are allowed whatever their port.

    Raises UrlInvalid, CredentialsInUrl, PortRefused.
    """
    if len(text) > MAX_LENGTH:
        raise UrlInvalid(f"it is longer than {MAX_LENGTH} characters")
    if _UNCLEAR.search(text):
        raise UrlInvalid("it holds spaces, backslashes or control characters")
    if text.startswith("//"):
        raise UrlInvalid("it has no scheme: put https: before it")
    scheme = _scheme(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UrlInvalid("its host or its port can't be read") from None
    authority = parts.netloc
    if "@" in authority:
        raise CredentialsInUrl(_shown_host(authority.rpartition("@")[2]))
    if not text[len(scheme) + 1 :].startswith("//") or not authority:
        raise UrlInvalid("it has no host")
    host = _host(authority)
    port = DEFAULT_PORTS[scheme] if port is None else port
    if not _offers_files(port) and f"{host}:{port}" not in inside:
        raise PortRefused(host, port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(scheme, host, port, _quoted(target))


def _scheme(text: str) -> str:
    found = _SCHEME.match(text)
    if found is None:
        raise UrlInvalid("it has no scheme: put https:// before it")
    scheme = found[0][:-1].lower()
    if scheme not in DEFAULT_PORTS:
        # The scheme of `user:password@host` may be a secret: only those that everybody knows are named.
        known = scheme if scheme in ("ftp", "ftps", "sftp", "file", "data", "gopher", "blob", "javascript", "mailto") else "this"
        raise UrlInvalid(f"{known} is not http or https")
    return scheme


def _host(authority: str) -> str:
    """The host of an authority without user. Raises UrlInvalid."""
    if authority.startswith("["):
        return _ipv6(authority[1 : authority.index("]")] if "]" in authority else "")
    name = authority.partition(":")[0]
    if "%" in name:
        raise UrlInvalid("its host holds %, which no name has")
    host = _ascii(name).removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        ip = _ip(host)
        if ip is None:
            # 127.1, 0x7f000001, 2130706433, 0177.0.0.1: the system reads them as addresses.
            raise UrlInvalid("its host is a number that can be read in several ways: write it as four numbers, or use its name")
        return str(ip)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlInvalid("its host is no name that the Internet knows")
    return host


def _ascii(name: str) -> str:
    """A name as it is looked up: in lower case, other scripts in their ASCII form. Raises UrlInvalid."""
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode().lower()
    except idna.IDNAError:
        raise UrlInvalid("its host is written in characters that no name has") from None


def _ipv6(text: str) -> str:
    try:
        ip = IPv6Address(text)
    except ValueError:
        raise UrlInvalid("its host stands in brackets and is no IPv6 address") from None
    if ip.scope_id is not None:
        raise UrlInvalid("its host names an interface of one machine")
    return str(ip)


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    for kind in (IPv4Address, IPv6Address):
        try:
            return kind(host)
        except ValueError:
            continue
    return None


def _offers_files(port: int) -> bool:
    return port in (80, 443) or (port > 1023 and port not in BAD_PORTS)


def _quoted(text: str) -> str:
    """What stands in no address goes as bytes of UTF-8, all else as it was written: signatures cover it."""
    return _UNQUOTED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), text)


def _shown_host(authority: str) -> str:
    try:
        return _host(authority)
    except UrlInvalid:
        return "this host"
