"""Settings every process has. They are read once, in `main`, and passed down.

In production (`PM_ENVIRONMENT=production`) a process refuses to start with a secret that is missing or could be guessed.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.logs import Format

MIN_SECRET_LENGTH = 16
# `changemechangeme` has seven.
MIN_DIFFERENT_CHARACTERS = 8
_PUBLIC_URL = re.compile(r"https?://([^\s/?#@:\[\]]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?/?")
FIRST_SECRET = "make one with `openssl rand -hex 24`"  # noqa: S105


class ProcessSettings(BaseSettings):
    """The environment of any process; every name is prefixed with PM_."""

    # The values may be secrets: what is wrong with them is said without them.
    model_config = SettingsConfigDict(
        env_prefix="PM_", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, populate_by_name=True
    )

    environment: Literal["development", "production"] = Field(default="development", validation_alias="PM_ENVIRONMENT")

    def secrets(self) -> Iterator[tuple[str, str | None]]:
        """Name and value of every secret."""
        yield from ()

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        if self.environment == "production":
            prefix = self.model_config["env_prefix"]
            weak = [f"{prefix}{name.upper()} {why}" for name, secret in self.secrets() if (why := weakness(secret))]
            if weak:
                raise ValueError("; ".join(weak))
        return self


class ServiceSettings(ProcessSettings):
    """The environment of one service."""

    database_url: str = "postgresql://postgres@127.0.0.1:5432/postgres"
    redis_url: str = "redis://127.0.0.1:6379/0"
    # Where the process listens.
    bind: str = "127.0.0.1:0"
    # Holds <service>.pem of this service (0600) and <service>.pub of every service that may call it.
    keys_dir: Path = Path("keys")
    # core-svc, which tells whose tokens were revoked.
    core_address: str = "127.0.0.1:50051"
    log_level: str = "info"
    log_format: Format = "auto"
    # Where GET /metrics is answered, host:port; empty for nowhere. Never an address that the public reaches.
    metrics_bind: str = ""
    pool_size: int = 10

    def secrets(self) -> Iterator[tuple[str, str | None]]:
        yield "database_url", urlsplit(self.database_url).password
        yield "redis_url", urlsplit(self.redis_url).password


class WorkerSettings(ServiceSettings):
    """A service with a queue of its own."""

    broker_url: str = "redis://127.0.0.1:6379/1"

    def secrets(self) -> Iterator[tuple[str, str | None]]:
        yield from super().secrets()
        yield "broker_url", urlsplit(self.broker_url).password


class StorageSettings(ProcessSettings):
    """Where objects are kept: any S3."""

    model_config = SettingsConfigDict(env_prefix="PM_S3_", extra="ignore")

    endpoint: str = "127.0.0.1:8333"
    access_key: str = ""
    secret_key: str = ""
    secure: bool = False
    # The same store as browsers reach it, such as https://files.example.com: addresses for them are signed for this name.
    public_url: str = ""

    @field_validator("public_url")
    @classmethod
    def _refuse_paths(cls, url: str) -> str:
        """The signature covers name and path as the store sees them: only scheme, name and port may stand there."""
        if url and not _PUBLIC_URL.fullmatch(url):
            raise ValueError("must be http:// or https://, a name and nothing behind it, such as https://files.example.com")
        return url.rstrip("/")

    def secrets(self) -> Iterator[tuple[str, str | None]]:
        yield "secret_key", self.secret_key


P = TypeVar("P", bound=ProcessSettings)


def read(kind: type[P], process: str) -> P:
    """The settings of a process; ends it with a sentence that names every setting at fault and shows none."""
    try:
        settings = kind()
    except ValidationError as error:
        faults = "; ".join(_fault(kind, fault["loc"], fault["msg"]) for fault in error.errors(include_input=False))
        raise SystemExit(f"{process} does not start: {faults}.") from None
    keys_dir: Path | None = getattr(settings, "keys_dir", None)
    if settings.environment == "production" and keys_dir and (why := weak_key(keys_dir / f"{process.removesuffix('-svc')}.pem")):
        raise SystemExit(f"{process} does not start: {why}.")
    return settings


def weakness(secret: str | None) -> str:
    """What is wrong with a secret, empty when nothing is."""
    if not secret:
        return f"holds no secret, which production needs: {FIRST_SECRET}"
    if len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < MIN_DIFFERENT_CHARACTERS:
        return f"holds a secret that is short or easily guessed: {FIRST_SECRET}"
    return ""


def weak_key(path: Path) -> str:
    """What is wrong with the file of a private key, empty when nothing is."""
    if not path.is_file():
        return f"PM_KEYS_DIR holds no {path.name}: make it with `python -m chassis.keys`"
    if path.stat().st_mode & 0o077:
        return f"PM_KEYS_DIR holds {path.name}, which others may read: take that from them (chmod 600)"
    return ""


def _fault(kind: type[P], place: tuple[int | str, ...], message: str) -> str:
    said = message.removeprefix("Value error, ")
    return f"{kind.model_config['env_prefix']}{str(place[0]).upper()}: {said}" if place else said
