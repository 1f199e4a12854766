"""What must be in the database before the first call: permissions, roles and one administrator."""

import os
import secrets
import sys
import tempfile
from pathlib import Path

from chassis.db import Database
from core_svc.hashing import Passwords
from core_svc.roles.models import ADMIN
from core_svc.roles.permissions import DEFAULT_ROLES, declared_permissions
from core_svc.roles.repository import RoleRepository
from core_svc.users.models import User
from core_svc.users.repository import UserRepository


async def prepare(database: Database, passwords: Passwords, admin_password_file: Path | None) -> None:
    """Bring permissions and roles up to the contracts, and add the administrator where there is no user yet.

    Every start runs it; replicas that start together take turns.
    """
    async with database.transaction() as session:
        roles, users = RoleRepository(session), UserRepository(session)
        await roles.take_turns()
        await roles.sync(declared_permissions(), DEFAULT_ROLES)
        if await users.none_exists():
            password = secrets.token_urlsafe(18)
            password_hash = await passwords.hash(password)
            admin = User(username=ADMIN, password_hash=password_hash, password_given=True, roles=await roles.named([ADMIN]))
            await users.create(admin)
            # Before the commit: a crash between the two leaves a useless password, not an administrator nobody can be.
            _hand_over(password, admin_password_file)


def _hand_over(password: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(f"The administrator is '{ADMIN}' with the password {password} (shown once: keep it)\n")
        sys.stdout.flush()
    else:
        _write_private(file, f"{password}\n")


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read: whole or not at all, and safe from a power cut."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
