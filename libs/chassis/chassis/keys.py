"""Signing keys: `python -m chassis.keys DIRECTORY NAME...` makes those that are missing, `--rotate` replaces those there are.

An Ed25519 pair per name: `<name>.pem` (PKCS#8, 0600) and `<name>.pub` (SubjectPublicKeyInfo). A key that was replaced stays as
`<name>.<key id>.pub` behind a line that says until when it verifies. Processes that run see changed files by themselves.
"""

import argparse
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# No token lives longer than a quarter of an hour; the rest is for clocks that differ and for a token that was just being made.
OVERLAP_SECONDS = 960
# A key that was taken away, and a token that it signed, are believed for no longer than this.
REREAD_SECONDS = 15
_UNTIL = b"Valid-Until: "
_ID = re.compile(r"[0-9a-f]{16}")


def key_id(public: Ed25519PublicKey) -> str:
    """What tells this key from the others of its name: the first half of its SHA-256, in part."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def ensure(directory: Path, names: Iterable[str]) -> None:
    """Make each pair that is not there; a public key that is lost, or not of its private one, is made again from that."""
    for name in names:
        private, public = directory / f"{name}.pem", directory / f"{name}.pub"
        if not private.exists():
            _write(private, _private_pem(Ed25519PrivateKey.generate()), 0o600)
        pem = _public_pem(_load_private(private).public_key())
        if not public.exists() or public.read_bytes() != pem:
            _write(public, pem, 0o644)


def fault(directory: Path, name: str) -> str:
    """What is wrong with a pair, empty when nothing is."""
    private, public = directory / f"{name}.pem", directory / f"{name}.pub"
    if not private.exists():
        return f"{private.name} is missing"
    try:
        right = _public_pem(_load_private(private).public_key())
    except (ValueError, TypeError):
        return f"{private.name} is damaged"
    if not public.exists() or public.read_bytes() != right:
        return f"{public.name} is missing, or not the public half of {private.name}"
    return ""


def rotate(directory: Path, names: Iterable[str], overlap_seconds: float = OVERLAP_SECONDS) -> None:
    """Replace each pair; what the old key signed stays valid for the overlap.

    A new public key is in its place before anything is signed for it, and the old one still is afterwards: no call fails.
    Without an overlap, for a key that was stolen, nothing signed before verifies once processes have read the directory anew.
    """
    for name in names:
        ensure(directory, [name])
        for retired in directory.glob(f"{name}.*.pub"):
            if not overlap_seconds or _read_public(retired)[1] < time.time():
                retired.unlink()
        public = directory / f"{name}.pub"
        if overlap_seconds:
            old, _ = _read_public(public)
            until = b"%s%d\n" % (_UNTIL, time.time() + overlap_seconds)
            _write(directory / f"{name}.{key_id(old)}.pub", until + public.read_bytes(), 0o644)
        fresh = Ed25519PrivateKey.generate()
        _write(public, _public_pem(fresh.public_key()), 0o644)
        _write(directory / f"{name}.pem", _private_pem(fresh), 0o600)


class SigningKey:
    """A private key that is read again when its file has changed."""

    def __init__(self, directory: Path, name: str) -> None:
        self._path = directory / f"{name}.pem"
        self._seen: tuple[int, int] | None = None
        self.get()

    def get(self) -> tuple[Ed25519PrivateKey, str]:
        """The key and its id."""
        stat = self._path.stat()
        if self._seen != (stat.st_mtime_ns, stat.st_ino):
            self._seen = stat.st_mtime_ns, stat.st_ino
            self._key = _load_private(self._path)
            self._id = key_id(self._key.public_key())
        return self._key, self._id


class PublicKeys:
    """The public keys of a directory; each is read again after a moment, so that one that was taken away is not used long."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[tuple[str, str], tuple[Ed25519PublicKey, float]] = {}

    def get(self, name: str, id: str) -> Ed25519PublicKey:
        """The key `id` of `name`, or its present one when `id` is empty; raises KeyError when no such key verifies any more."""
        key, until = self._read.get((name, id), (None, 0.0))
        if key is None or until < time.time():
            key, until = self._find(name, id)
            self._read[name, id] = key, min(until, time.time() + REREAD_SECONDS)
        return key

    def all(self, name: str) -> Iterator[Ed25519PublicKey]:
        """Every key of `name` that verifies, the present one first."""
        for path in (self._directory / f"{name}.pub", *sorted(self._directory.glob(f"{name}.*.pub"))):
            key, until = _read_public(path)
            if until >= time.time():
                yield key

    def _find(self, name: str, id: str) -> tuple[Ed25519PublicKey, float]:
        if not name.replace("-", "").isalnum() or not (id == "" or _ID.fullmatch(id)):
            raise KeyError(name)
        for path in (self._directory / f"{name}.pub", self._directory / f"{name}.{id}.pub"):
            if path.is_file():
                key, until = _read_public(path)
                if id in ("", key_id(key)) and until >= time.time():
                    return key, until
        raise KeyError(name)


def _load_private(path: Path) -> Ed25519PrivateKey:
    return cast(Ed25519PrivateKey, serialization.load_pem_private_key(path.read_bytes(), password=None))


def _read_public(path: Path) -> tuple[Ed25519PublicKey, float]:
    """A public key, and until when it verifies."""
    content = path.read_bytes()
    until = float(content.split(b"\n", 1)[0].removeprefix(_UNTIL)) if content.startswith(_UNTIL) else float("inf")
    pem = content[content.index(b"-----BEGIN") :]
    return cast(Ed25519PublicKey, serialization.load_pem_public_key(pem)), until


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _write(path: Path, content: bytes, mode: int) -> None:
    """A file that is there as a whole or not at all, and readable by no more than `mode` says from the first byte on."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="chassis.keys", description="Make the signing keys that are missing, or replace them.")
    parser.add_argument("--rotate", action="store_true", help="replace the keys there are; their tokens live out their time")
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    (rotate if arguments.rotate else ensure)(arguments.directory, arguments.names)


if __name__ == "__main__":
    main()
