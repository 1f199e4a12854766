"""Where the sealing keys of a service come from."""

from pydantic import SecretStr, field_validator

from chassis.settings import ServiceSettings
from credentials import keys


class KeepingSettings(ServiceSettings):
    """The environment of a service that keeps credentials of others."""

    # Sealing keys, separated by commas, the first one seals; empty for the file of the service in PM_KEYS_DIR.
    sealing_keys: SecretStr = SecretStr("")

    @field_validator("sealing_keys")
    @classmethod
    def _refuse_unreadable(cls, told: SecretStr) -> SecretStr:
        if told.get_secret_value():
            keys.parse(told.get_secret_value())
        return told
