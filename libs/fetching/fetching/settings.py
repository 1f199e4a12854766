"""What the operator says about asking others: what is allowed inside, and the way out."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # documented nowhere, and in every Python

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from chassis.settings import ProcessSettings
from fetching.guard import Guard


class FetchingSettings(ProcessSettings):
    """The environment of a process that asks others; every name is prefixed with PM_FETCH_, but those of the proxy."""

    model_config = SettingsConfigDict(env_prefix="PM_FETCH_", extra="ignore", populate_by_name=True)

    # Networks, hosts and host:port that may be asked though they are not of the public Internet, separated by commas.
    inside: Annotated[tuple[str, ...], NoDecode] = ()
    # Whose certificates are believed beside those that the system believes.
    ca_file: Path | None = None
    # Of one host, by one process at a time.
    connections_per_host: int = Field(default=4, ge=1)
    requests_per_second: float = Field(default=20.0, gt=0)
    # How others see who asks them.
    user_agent: str = "ProductsManager/0.1"
    # As other programs name them; deploy/compose.yaml sets them from OUTGOING_PROXY.
    http_proxy: SecretStr = Field(default=SecretStr(""), validation_alias="HTTP_PROXY")
    https_proxy: SecretStr = Field(default=SecretStr(""), validation_alias="HTTPS_PROXY")
    no_proxy: str = Field(default="", validation_alias="NO_PROXY")

    @field_validator("inside", mode="before")
    @classmethod
    def _split(cls, text: object) -> object:
        return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text

    @field_validator("inside")
    @classmethod
    def _refuse_unreadable(cls, inside: tuple[str, ...]) -> tuple[str, ...]:
        Guard(inside)
        return inside

    @field_validator("http_proxy", "https_proxy")
    @classmethod
    def _refuse_other_proxies(cls, proxy: SecretStr) -> SecretStr:
        if proxy.get_secret_value() and not proxy.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must be an http proxy, such as http://proxy.example.com:3128")
        return proxy

    def proxy(self, scheme: Literal["http", "https"] | str, host: str) -> str:
        """The proxy by which a host is asked, empty for none."""
        proxy = (self.https_proxy if scheme == "https" else self.http_proxy).get_secret_value()
        return "" if proxy and proxy_bypass_environment(host, {"no": self.no_proxy}) else proxy
