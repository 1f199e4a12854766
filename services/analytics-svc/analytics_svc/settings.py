"""The environment of analytics-svc."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    pool_size: int = 10
    # Whose events it follows.
    catalog_address: str = "127.0.0.1:50052"
