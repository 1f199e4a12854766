"""The environment of core-svc."""

from pathlib import Path

from chassis.settings import ServiceSettings

# What its changes are announced as (chassis.invalidation).
DOMAIN = "core"


class Settings(ServiceSettings):
    pool_size: int = 5
    # Whose events it follows.
    imports_address: str = "127.0.0.1:50053"
    # Where the first start writes the administrator's password (0600); without it, standard output shows it once.
    admin_password_file: Path | None = None
