"""Settings of the gateway. They are read once, in `main`, and passed down."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import limits
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from chassis.logs import Format
from chassis.settings import ProcessSettings


def _split(given: Any) -> Any:
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != text or "*" in text:
        raise ValueError(f"{text!r} is not an origin: write it as https://shop.example.org, without a path and without *")
    return text


def _network(text: str) -> str:
    return str(ip_network(text))


# Lists are written with commas between.
Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split)]


def _limit(given: Any) -> Any:
    if given == "off":
        return None
    limits.parse(given)
    return given


# Such as "6000/minute", or "off".
Limit = Annotated[str | None, BeforeValidator(_limit)]


class Settings(ProcessSettings):
    """The environment of the process; every name is prefixed with PM_."""

    # Where the process listens.
    bind: str = "127.0.0.1:8000"
    # Holds gateway.pem (0600) and core.pub.
    keys_dir: Path = Path("keys")
    log_level: str = "info"
    log_format: Format = "auto"
    # The exported screens (`make web`); without them their addresses say so.
    web_dir: Path | None = None
    # Where GET /metrics is answered, host:port; empty for nowhere. Never an address that the public reaches.
    metrics_bind: str = ""
    # Where rate limits are counted for all gateways together.
    redis_url: str = "redis://127.0.0.1:6379/0"

    core_address: str = "127.0.0.1:50051"
    catalog_address: str = "127.0.0.1:50052"
    imports_address: str = "127.0.0.1:50053"
    exports_address: str = "127.0.0.1:50054"
    media_address: str = "127.0.0.1:50055"
    code2asin_address: str = "127.0.0.1:50056"
    analytics_address: str = "127.0.0.1:50057"

    # Other hosts whose pages may call: https://shop.example.org, ...
    cors_origins: Origins = ()
    # The proxies in front, as networks: what they say of the client's address and of TLS is believed.
    trusted_proxies: Networks = ()

    # How much one user, one API key, and one address without either may ask for, in costs of routes.
    rate_limit_user: Limit = "300000/minute"
    rate_limit_api_key: Limit = "300000/minute"
    rate_limit_address: Limit = "60000/minute"

    # What answers that are kept ready may take in this process, in bytes; 0 keeps none.
    cache_bytes: int = 64 * 1024**2

    # The largest file an upload may hold.
    upload_max_bytes: int = 4 * 1024**3
    # How long an upload may take, and how long it may stand still.
    upload_seconds: float = 1800
    upload_idle_seconds: float = 60

    def address(self, service: str) -> str:
        """host:port of the gRPC server of `service`, such as `catalog`."""
        found: str = getattr(self, f"{service}_address")
        return found
