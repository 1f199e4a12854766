"""The environment of code2asin-svc."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    pool_size: int = 10
