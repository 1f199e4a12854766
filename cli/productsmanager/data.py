"""The data directory: everything one installation keeps, and nothing outside it."""

import fcntl
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from productsmanager.errors import AlreadyRunning, ProductsManagerError

# supervisord's configuration gives these a meaning of their own and has no way to quote them all.
UNQUOTABLE = frozenset("\"'\\;#\n\r")
# sun_path of a UNIX socket holds 108 bytes with the closing NUL; supervisord first binds `<name>.<pid>`.
LONGEST_SOCKET_PATH = 107 - len(".4194304")


@dataclass(frozen=True)
class DataDir:
    """Paths below `--data`. `root` is absolute and resolved: it also marks the processes that belong to it."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> "DataDir":
        root = path.expanduser().resolve()
        if bad := UNQUOTABLE & set(str(root)):
            raise ProductsManagerError(
                f"--data {root} holds the character {sorted(bad)[0]!r}, which the supervisor cannot read: "
                "choose another directory"
            )
        return cls(root)

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def ports_file(self) -> Path:
        return self.root / "ports.json"

    @property
    def door_file(self) -> Path:
        return self.run / "door.json"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def admin_password_file(self) -> Path:
        return self.root / "admin-password"

    @property
    def lock_file(self) -> Path:
        return self.run / "lock"

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def create(self) -> None:
        """Make the directories, private to the user.

        A root made here may be traversed by others (0711), because PostgreSQL under root runs as another user;
        one that exists keeps its permissions. Raises ProductsManagerError when it is another user's installation,
        whose files even root would leave unreadable to that user, or when it cannot be written.
        """
        try:
            if self.secrets_file.exists() and self.secrets_file.stat().st_uid != os.geteuid():
                owner = self.secrets_file.owner()
                raise ProductsManagerError(f"{self.root} belongs to {owner}: run pm as {owner}, or choose another --data")
            if not self.root.exists():
                self.root.mkdir(parents=True)
                self.root.chmod(0o711)
            for directory in (self.run, self.logs, self.keys):
                directory.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ProductsManagerError(
                f"cannot write to {self.root} ({error.strerror}): choose another directory with --data"
            ) from error

    def socket_directory(self) -> Path:
        """Where UNIX sockets go: `run`, or a private short directory when that path is too long for a socket.

        Raises ProductsManagerError when the short directory belongs to somebody else.
        """
        if len(os.fsencode(self.run / "supervisor.sock")) <= LONGEST_SOCKET_PATH:
            return self.run
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"productsmanager-{os.geteuid()}-{digest}"
        short.mkdir(mode=0o700, exist_ok=True)
        status = short.lstat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o777 != 0o700:
            raise ProductsManagerError(f"{short} is not a private directory of this user: remove it and start again")
        return short

    def lock(self) -> IO[str]:
        """Take the directory for one running stack; held as long as the returned file, or a copy of it, is open.

        Raises AlreadyRunning with the pid and URL of the holder.
        """
        file = self.lock_file.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            edge = read_json(self.ports_file).get("edge")
            where = f", port {edge}" if edge else ""
            raise AlreadyRunning(
                f"a stack already runs on {self.root} (pid {self.lock_file.read_text().strip() or 'unknown'}{where}): "
                f"stop it with `pm down --data {self.root}`, or choose another --data"
            ) from None
        name_holder(file, os.getpid())
        return file

    def holder(self) -> int | None:
        """The pid of the supervisor that runs on this directory, or of the pm that prepares it; None when it is free."""
        try:
            with self.lock_file.open(encoding="ascii") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read().strip() or 0)
        except FileNotFoundError:
            pass
        return None


def name_holder(lock: IO[str], pid: int) -> None:
    """Write into the lock whom to tell to stop; never a pid of the past, which may be another program's by now."""
    lock.truncate(0)
    lock.write(f"{pid}\n")
    lock.flush()


def read_json(path: Path) -> dict[str, Any]:
    """The object kept in `path`, empty when there is none yet. Raises ProductsManagerError when it is unreadable."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise ProductsManagerError(
            f"{path} belongs to another user: run pm as the user that owns it, or choose another --data"
        ) from error
    except ValueError as error:
        raise ProductsManagerError(f"{path} is not valid JSON ({error}): restore it from a backup") from error
    if not isinstance(content, dict):
        raise ProductsManagerError(f"{path} does not hold a JSON object: restore it from a backup")
    return content


def write_private(path: Path, content: str) -> None:
    """Replace `path` as a whole, readable by its owner only from the first byte on."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
