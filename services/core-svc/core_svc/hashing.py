"""Passwords, kept as Argon2id hashes (RFC 9106)."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


class Passwords:
    """Hashes and verifies in threads: one hash takes a core and, with argon2-cffi's defaults, 64 MiB for some 50 ms."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys_hash = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The hash to keep, with its parameters and salt inside."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one. Without a hash it is not, after the same work, so that time tells nothing."""
        try:
            await asyncio.to_thread(self._hasher.verify, password_hash or self._nobodys_hash, password)
        except VerifyMismatchError:
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)
