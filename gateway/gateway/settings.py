"""Settings of the gateway. They are read once, in `main`, and passed down."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.logs import Format


class Settings(BaseSettings):
    """The environment of the process; every name is prefixed with PM_."""

    model_config = SettingsConfigDict(env_prefix="PM_", extra="ignore")

    # Where the process listens.
    bind: str = "127.0.0.1:8000"
    # Holds gateway.pem (0600) and core.pub.
    keys_dir: Path = Path("keys")
    log_level: str = "info"
    log_format: Format = "auto"
    # Where GET /metrics is answered, host:port; empty for nowhere. Never an address that the public reaches.
    metrics_bind: str = ""

    core_address: str = "127.0.0.1:50051"
    catalog_address: str = "127.0.0.1:50052"
    imports_address: str = "127.0.0.1:50053"
    exports_address: str = "127.0.0.1:50054"
    media_address: str = "127.0.0.1:50055"
    code2asin_address: str = "127.0.0.1:50056"
    analytics_address: str = "127.0.0.1:50057"

    # The largest file an upload may hold.
    upload_max_bytes: int = 4 * 1024**3
    # How long an upload may take, and how long it may stand still.
    upload_seconds: float = 1800
    upload_idle_seconds: float = 60

    def address(self, service: str) -> str:
        """host:port of the gRPC server of `service`, such as `catalog`."""
        found: str = getattr(self, f"{service}_address")
        return found
