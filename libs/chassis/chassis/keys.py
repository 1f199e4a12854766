"""Signing keys: `python -m chassis.keys DIRECTORY NAME...` makes those that are missing.

An Ed25519 pair per name: `<name>.pem` (PKCS#8, 0600) and `<name>.pub` (SubjectPublicKeyInfo).
"""

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def ensure(directory: Path, names: Iterable[str]) -> None:
    """Make each pair that is not there; a lost public key is made again from its private one."""
    for name in names:
        private, public = directory / f"{name}.pem", directory / f"{name}.pub"
        if not private.exists():
            _write_private(private)
            public.unlink(missing_ok=True)
        if not public.exists():
            key = serialization.load_pem_private_key(private.read_bytes(), password=None)
            pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            public.write_bytes(pem)


def _write_private(path: Path) -> None:
    """A new private key, there as a whole or not at all, and readable by its owner only from the first byte on."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="chassis.keys", description="Make the signing keys that are missing.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    ensure(arguments.directory, arguments.names)


if __name__ == "__main__":
    main()
