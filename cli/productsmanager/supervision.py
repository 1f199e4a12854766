"""supervisord, which starts, watches and restarts the processes: its configuration, its start and its commands.

It reads a configuration written anew at each start, listens on a private UNIX socket with a password, and starts
nothing by itself: `lifecycle.py` decides the order. https://supervisord.org/configuration.html
"""

import contextlib
import graphlib
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import psutil
from supervisor.xmlrpc import SupervisorTransport

from productsmanager import keeper, orphans
from productsmanager.data import DataDir, name_holder, write_private
from productsmanager.errors import ProductsManagerError, StartFailed
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process

USER = "pm"
# Its back-off grows by one second with each failed start in a row, so this many is for ever.
ENDLESS_RETRIES = 1_000_000
START_SECONDS = 20.0


@dataclass(frozen=True)
class State:
    """What supervisord knows of a process: its state (https://supervisord.org/subprocess.html#process-states)."""

    name: str
    state: str
    pid: int | None
    exit_status: int
    spawn_error: str

    @property
    def is_running(self) -> bool:
        return self.state in ("STARTING", "RUNNING")


class Supervisor:
    """The supervisor of one data directory, wherever and by whom it was started."""

    def __init__(self, data: DataDir, password: str) -> None:
        self._data = data
        self._password = password
        self._socket = data.socket_directory() / "supervisor.sock"

    @property
    def _rpc(self) -> Any:
        # One per call: a connection that failed once cannot be used again. The address is the transport's;
        # ServerProxy only insists on one that it can parse.
        transport = SupervisorTransport(USER, self._password, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def launch(self, processes: Mapping[str, Process], lock: IO[str], *, bound: bool) -> subprocess.Popen[bytes]:
        """Start supervisord with the processes known and none started.

        With `bound` it stops everything in order and ends when the calling thread does. Its standard input is the
        lock of the data directory, which is so held exactly as long as it lives, and by none of its children.
        Raises ProductsManagerError when it does not come up.
        """
        configuration = self._data.run / "supervisord.conf"
        write_private(configuration, self._configuration(processes))
        self._socket.unlink(missing_ok=True)
        command: tuple[str, ...] = (sys.executable, "-m", "productsmanager.supervisord", "-n", "-c", str(configuration))
        if bound:
            command = bound_to_parent(command, "TERM")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PM_EXTERNAL_")}
        with self._data.log_of("supervisord").open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=lock,
                stdout=log,
                stderr=log,
                cwd=self._data.run,
                env=environment | {orphans.MARK: str(self._data.root)},
                # Its own session: Ctrl-C and the end of a terminal are for pm, which then stops it in order.
                start_new_session=True,
            )
        try:
            name_holder(lock, child.pid)
            self._await_answer(child)
        except BaseException:
            child.kill()
            child.wait()
            raise
        return child

    def _await_answer(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if child.poll() is not None or time.monotonic() > deadline:
                raise StartFailed("the supervisor did not start", tail(self._data.log_of("supervisord")))
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            self._rpc.getState()
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def states(self) -> dict[str, State]:
        """The processes it was configured with, by name. Raises ProductsManagerError when it does not answer."""
        try:
            answer = cast(list[dict[str, Any]], self._rpc.getAllProcessInfo())
        except (OSError, xmlrpc.client.Error) as error:
            raise ProductsManagerError(
                f"the supervisor of {self._data.root} does not answer ({error}): `pm down` ends what is left of it"
            ) from error
        return {
            info["name"]: State(info["name"], info["statename"], info["pid"] or None, info["exitstatus"], info["spawnerr"])
            for info in answer
            if info["name"] != "keeper"
        }

    def start(self, process: Process, level: int) -> None:
        self._rpc.startProcess(f"level{level}:{process.name}", False)

    def hold(self, name: str) -> None:
        """End a process as `pm down` would, and keep it from being started again until `release`."""
        while self.states()[name].state != "STOPPED":
            # One that has just ended by itself can't be stopped until it is started anew.
            with contextlib.suppress(xmlrpc.client.Fault):
                self._rpc.stopProcess(self._path(name))
            time.sleep(0.05)

    def release(self, name: str) -> None:
        """Start a process that was held; it may not be ready yet."""
        self._rpc.startProcess(self._path(name), False)

    def _path(self, name: str) -> str:
        [group] = [info["group"] for info in self._rpc.getAllProcessInfo() if info["name"] == name]
        return f"{group}:{name}"

    def _configuration(self, processes: Mapping[str, Process]) -> str:
        # For Python, supervisord and configparser alike a `%` is written twice.
        def text(value: object) -> str:
            return str(value).replace("%", "%%")

        run = text(self._data.run)
        sections = [
            f"[supervisord]\nnodaemon=true\nsilent=true\nloglevel=info\numask=077\nidentifier=productsmanager\n"
            f"pidfile={run}/supervisord.pid\nchildlogdir={run}\nlogfile={text(self._data.log_of('supervisord'))}\n"
            f"logfile_maxbytes=10MB\nlogfile_backups=2\n" + ("user=root\n" if os.geteuid() == 0 else ""),
            f"[unix_http_server]\nfile={text(self._socket)}\nchmod=0600\nusername={USER}\npassword={self._password}\n",
            "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
            f"[eventlistener:keeper]\ncommand={text(_quoted((sys.executable, '-m', keeper.__name__)))}\n"
            f"events={','.join(keeper.EVENTS)}\nbuffer_size=1000\nstdout_logfile=NONE\nstderr_logfile={text(self._data.log_of('keeper'))}\n",
        ]
        for level, names in enumerate(levels(processes)):
            sections.append(f"[group:level{level}]\nprograms={','.join(names)}\npriority={level}\n")
        for process in processes.values():
            environment = ",".join(f'{name}="{text(value)}"' for name, value in process.environment.items())
            _refuse_unquotable(process.environment)
            sections.append(
                f"[program:{process.name}]\ncommand={text(_quoted(process.command))}\n"
                f"directory={text(process.directory)}\nenvironment={environment}\n"
                f"autostart=false\nautorestart={'false' if process.is_task else 'true'}\n"
                f"startsecs={0 if process.is_task else process.start_seconds}\nstartretries={ENDLESS_RETRIES}\n"
                f"stopsignal={process.stop_signal}\nstopwaitsecs={process.stop_seconds}\nkillasgroup=true\n"
                f"redirect_stderr=true\nstdout_logfile={text(self._data.log_of(process.name))}\n"
                f"stdout_logfile_maxbytes=10MB\nstdout_logfile_backups=2\n"
            )
        return "\n".join(sections)


def levels(processes: Mapping[str, Process]) -> list[list[str]]:
    """Names by depth of need: what a level needs or uses is in those before. Stopped from the last level to the first."""
    sorter = graphlib.TopologicalSorter(
        {process.name: [name for name in (*process.needs, *process.uses) if name in processes] for process in processes.values()}
    )
    sorter.prepare()
    found: list[list[str]] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.append(ready)
        sorter.done(*ready)
    return found


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Whether the process ended within the time; a zombie of ours has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def tail(path: Path, lines: int = 10) -> list[str]:
    """The last lines of a log, none when there is no log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64 * 1024))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def _quoted(command: Iterable[str]) -> str:
    # DataDir refuses the characters that would end these quotes.
    return " ".join(f'"{part}"' for part in command)


def _refuse_unquotable(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if set(value) & set("\"'\\;#\n"):
            raise ProductsManagerError(
                f"{name} holds a character of \" ' \\ ; # which the supervisor cannot read: percent-encode it"
            )
