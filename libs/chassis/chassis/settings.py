"""Settings every service has. They are read once, in `main`, and passed down."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.logs import Format


class ServiceSettings(BaseSettings):
    """The environment of one process; every name is prefixed with PM_."""

    model_config = SettingsConfigDict(env_prefix="PM_", extra="ignore", env_ignore_empty=True)

    database_url: str = "postgresql://postgres@127.0.0.1:5432/postgres"
    redis_url: str = "redis://127.0.0.1:6379/0"
    # Where the process listens.
    bind: str = "127.0.0.1:0"
    # Holds <service>.pem of this service (0600) and <service>.pub of every service that may call it.
    keys_dir: Path = Path("keys")
    log_level: str = "info"
    log_format: Format = "auto"
    # Where GET /metrics is answered, host:port; empty for nowhere. Never an address that the public reaches.
    metrics_bind: str = ""
    pool_size: int = 10


class WorkerSettings(ServiceSettings):
    """A service with a queue of its own."""

    broker_url: str = "redis://127.0.0.1:6379/1"


class StorageSettings(BaseSettings):
    """Where objects are kept: any S3."""

    model_config = SettingsConfigDict(env_prefix="PM_S3_", extra="ignore")

    endpoint: str = "127.0.0.1:8333"
    access_key: str = ""
    secret_key: str = ""
    secure: bool = False
