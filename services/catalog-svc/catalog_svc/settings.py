from typing import Annotated

from pydantic import StringConstraints

from chassis.settings import ServiceSettings

# What every cached answer of this service depends on: announced where more changes than can be named.
DOMAIN = "catalog"


class Settings(ServiceSettings):
    """The environment of catalog-svc."""

    pool_size: int = 20
    # ISO 4217; what a new supplier's prices are in unless it says otherwise.
    default_currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"
