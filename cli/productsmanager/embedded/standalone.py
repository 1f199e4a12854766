"""One embedded server without the rest of the stack, for tests of a single package."""

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from productsmanager import ports
from productsmanager.data import DataDir
from productsmanager.embedded import seaweedfs
from productsmanager.embedded.postgres import Postgres, throwaway_settings
from productsmanager.embedded.seaweedfs import SeaweedFS
from productsmanager.embedded.valkey import Valkey
from productsmanager.errors import StartFailed
from productsmanager.process import Process
from productsmanager.supervision import tail


@contextlib.contextmanager
def serving(process: Process) -> Iterator[None]:
    """The process, ready, as long as the block; on Linux also not longer than the calling thread.

    Raises StartFailed with the end of its log, which is `<name>.log` in its directory.
    """
    process.prepare()
    log_path = process.directory / f"{process.name}.log"
    with log_path.open("ab") as log:
        child = subprocess.Popen(
            process.command,
            cwd=process.directory,
            env={**os.environ, **process.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + process.ready_seconds
        while process.ready is not None and not process.ready():
            if child.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(f"{process.name} did not start", tail(log_path))
            time.sleep(0.05)
        yield
    finally:
        child.send_signal(signal.Signals[f"SIG{process.stop_signal}"])
        try:
            child.wait(process.stop_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextlib.contextmanager
def postgres(directory: Path) -> Iterator[Postgres]:
    """A cluster without durability below `directory`, which must exist; works as root too."""
    server = Postgres(directory / "postgres", ports.choose(()), secrets.token_hex(8), throwaway_settings())
    with serving(server.process()):
        yield server


@contextlib.contextmanager
def valkey(directory: Path) -> Iterator[Valkey]:
    """A server below `directory`, which must exist."""
    server = Valkey(directory / "valkey", ports.choose(()), secrets.token_hex(8))
    with serving(server.process()):
        yield server


@contextlib.contextmanager
def s3(directory: Path) -> Iterator[SeaweedFS]:
    """An S3 server below `directory`, which must exist."""
    chosen: dict[str, int] = {}
    for name in seaweedfs.PORT_NAMES:
        chosen[name] = ports.choose(chosen.values())
    sockets = DataDir.at(directory).socket_directory()
    sockets.mkdir(exist_ok=True)
    server = SeaweedFS(directory / "seaweedfs", sockets, chosen, secrets.token_hex(8), secrets.token_hex(8))
    with serving(server.process()):
        yield server
    server.remove_sockets()
