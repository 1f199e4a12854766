"""Passwords, generated at the first start and kept in the data directory (0600)."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from productsmanager.data import DataDir, read_json, write_private
from productsmanager.errors import ProductsManagerError


def _password() -> str:
    # Hexadecimal needs no quoting in a URL, in SQL or in a configuration file.
    return secrets.token_hex(24)


@dataclass(frozen=True)
class Secrets:
    """What the embedded servers ask for; `postgres` is by role."""

    postgres: dict[str, str]
    valkey: str = field(default_factory=_password)
    s3_access_key: str = field(default_factory=lambda: secrets.token_hex(10))
    s3_secret_key: str = field(default_factory=_password)
    supervisor: str = field(default_factory=_password)


def obtain(data: DataDir, roles: Iterable[str]) -> Secrets:
    """The kept secrets, with whatever is still missing generated and kept.

    Raises ProductsManagerError when the file was lost but the database it opens exists.
    """
    kept = read_json(data.secrets_file)
    if not kept and any(data.root.glob("postgres*/data")):
        raise ProductsManagerError(
            f"{data.secrets_file} is missing, and the databases in {data.root} open only with its passwords: "
            "restore it from a backup, or choose another --data"
        )
    known = kept.pop("postgres", {})
    found = Secrets(postgres={role: known.get(role) or _password() for role in roles}, **kept)
    if asdict(found) != {"postgres": known, **kept}:
        write_private(data.secrets_file, json.dumps(asdict(found), indent=2) + "\n")
    return found


def read(data: DataDir) -> Secrets:
    """The secrets of an installation that has been started before. Raises ProductsManagerError when there are none."""
    kept = read_json(data.secrets_file)
    if not kept:
        raise ProductsManagerError(f"nothing was ever started in {data.root}: run `pm up` first")
    return Secrets(**kept)
