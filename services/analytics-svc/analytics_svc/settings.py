"""The environment of analytics-svc."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    pool_size: int = 10
