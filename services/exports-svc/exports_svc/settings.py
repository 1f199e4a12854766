"""The environment of exports-svc."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    pool_size: int = 10
