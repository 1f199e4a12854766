"""Whom a child process runs as, and with whom it dies.

PostgreSQL refuses to run as root, and must not make root's directories readable to get around that.
"""

import os
import platform
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from productsmanager.errors import ProductsManagerError

IS_LINUX = platform.system() == "Linux"
SETPRIV = shutil.which("setpriv") if IS_LINUX else None
# What lets a user pass through directories closed to it: reading anything, or, where a container grants
# only that one, ignoring permissions. Neither gives ownership or changes a file's mode.
TRAVERSING_CAPABILITIES = (None, "dac_read_search", "dac_override")


@dataclass(frozen=True)
class Identity:
    """An unprivileged user to drop to, with at most one capability kept."""

    uid: int
    gid: int
    capability: str | None = None

    @property
    def setpriv_options(self) -> tuple[str, ...]:
        options = (f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups")
        if self.capability is None:
            return options
        # access(2) ignores the capabilities of a user other than root unless the last option is set, and by it
        # PostgreSQL looks for its own files. The exec drops what else setpriv still holds.
        capabilities = (f"--inh-caps=+{self.capability}", f"--ambient-caps=+{self.capability}")
        return (*options, *capabilities, "--securebits=+no_setuid_fixup")


def bound_to_parent(command: Sequence[str], signal_name: str, identity: Identity | None = None) -> tuple[str, ...]:
    """`command`, which gets the signal when its parent dies however that happens, run as `identity`.

    One setpriv does both in the order the kernel asks for: a change of credentials clears the death signal, so it
    is set after. It survives exec, and is not inherited by forks: grandchildren are the keeper's task (`keeper.py`).
    Other systems than Linux know no death signal; there the keeper alone ends what is left.
    """
    if SETPRIV is None:
        if IS_LINUX:
            raise ProductsManagerError("the command `setpriv` is missing: install the package util-linux")
        return tuple(command)
    options = identity.setpriv_options if identity else ()
    return (SETPRIV, *options, f"--pdeathsig={signal_name}", "--", *command)


def unprivileged(directory: Path, program: Path) -> Identity | None:
    """Who runs `program` on `directory`: None for the current user; under root the owner of the directory.

    Under root a directory that does not exist yet is made and given to nobody. Nothing else is chowned or chmodded.
    Raises ProductsManagerError when that user can reach the directory or the program by no means.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    owner = directory.stat().st_uid
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise ProductsManagerError(
                f"{directory} belongs to the user {owner}: run pm as that user or as root, or choose another --data"
            )
        return None
    if SETPRIV is None:
        raise ProductsManagerError("PostgreSQL does not run as root: run pm as an ordinary user (setpriv is missing)")
    if owner == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    status = directory.stat()
    for capability in TRAVERSING_CAPABILITIES:
        identity = Identity(status.st_uid, status.st_gid, capability)
        if _reaches(identity, directory, program):
            return identity
    raise ProductsManagerError(
        f"PostgreSQL runs as the user {status.st_uid} under root, which can reach {directory} or {program} by no "
        "means (a parent directory is closed, and this machine grants no capability to pass it): "
        "choose another --data, or run pm as an ordinary user"
    )


def _reaches(identity: Identity, directory: Path, program: Path) -> bool:
    # PostgreSQL complains on standard error, and goes on, when it cannot look at its own file.
    test = ("/bin/sh", "-c", 'cd "$1" && test -w . && exec "$2" --version', "sh", str(directory), str(program))
    command = (str(SETPRIV), *identity.setpriv_options, "--", *test)
    tried = subprocess.run(command, capture_output=True, check=False, cwd="/")
    return tried.returncode == 0 and not tried.stderr
