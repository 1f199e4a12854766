"""What is asked for, and what came."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fetching.headers import Validators
from fetching.urls import Url

# Set by the transfer itself.
OWN_HEADERS = frozenset(
    {"host", "range", "if-range", "if-none-match", "if-modified-since", "accept-encoding", "connection", "content-length",
     "transfer-encoding", "te", "upgrade", "expect", "proxy-authorization"}
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What to ask for. Headers and query are not in its repr, and are not sent to another host than that of the address."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # Added to the query of the address, such as a key.
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    # What is kept of it already: asked for only if it is another one by now.
    known: Validators = field(default_factory=Validators)
    # Whether it may come as gzip. One that comes so can't be gone on with by another process.
    packed: bool = True

    @classmethod
    def signed_in(cls, url: str, user: str, password: str) -> "Request":
        """With user and password (Basic)."""
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return cls(url, headers={"Authorization": f"Basic {pair}"})

    @classmethod
    def with_token(cls, url: str, token: str) -> "Request":
        """With a token (Bearer)."""
        return cls(url, headers={"Authorization": f"Bearer {token}"})

    @property
    def brings_credentials(self) -> bool:
        return bool(self.query or {name.lower() for name in self.headers} - {"accept", "accept-language", "user-agent"})

    def sent_headers(self) -> dict[str, str]:
        """Raises ValueError for a header that can't be sent; its name is told, its value is not."""
        for name, value in self.headers.items():
            if name.lower() in OWN_HEADERS:
                raise ValueError(f"the header {name} can't be set: it belongs to the transfer")
            if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum() or any(c in value for c in "\r\n\0"):
                raise ValueError(f"the header {name!r} can't be sent: it holds characters that no header has")
        return dict(self.headers)

    def sent_target(self, url: Url) -> Url:
        """The address with the query added."""
        if not self.query:
            return url
        mark = "&" if "?" in url.target else "?"
        return Url(url.scheme, url.host, url.port, url.target + mark + urlencode(self.query))


@dataclass(frozen=True)
class Fetched:
    """What came. Of one that was `unchanged` only `validators` are told."""

    # Where it was in the end.
    url: Url
    unchanged: bool
    validators: Validators
    # Bytes and SHA-256 (hexadecimal digits) of what the sink was given: unpacked.
    size: int = 0
    sha256: str = ""
    # Bytes that came for it.
    came: int = 0
    # Lower case, empty where they are not told.
    content_type: str = ""
    charset: str = ""
    filename: str = ""
    # Whether the server said beforehand how much would come, or how it ends: only then is it known to be whole.
    whole: bool = True
    # How often it was gone on with after it broke off.
    resumed: int = 0


@dataclass(frozen=True)
class Reply:
    """What a server answered to what was sent."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
