"""Starting and stopping the stack in the order of its needs."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from productsmanager import incidents, orphans, stack
from productsmanager import installation as installations
from productsmanager.data import DataDir
from productsmanager.errors import NotRunning, ProductsManagerError, StartFailed
from productsmanager.installation import Door, Installation
from productsmanager.process import Process
from productsmanager.supervision import State, Supervisor, levels, tail, wait_until_gone

# Longer than the slowest process is given (postgres), level after level.
STOP_SECONDS = 150.0
# One gateway, and no TLS on this machine.
DOOR = Door()
# Tells the user what happens: a line, without markup.
Notify = Callable[[str], None]


@dataclass(frozen=True)
class Status:
    name: str
    pid: int | None
    port: int | None
    healthy: bool
    rss_mb: int
    # A signal has stopped it, and it waits for another.
    frozen: bool
    # How often it has ended, unasked, since the stack was started; and, of one that has or is not healthy, its last error.
    ends: int
    error: str


@dataclass(frozen=True)
class Running:
    """A started stack, as seen by commands, tests and benchmarks."""

    installation: Installation
    supervisor: Supervisor
    supervisor_pid: int
    processes: Mapping[str, Process] = field(repr=False)
    # Only where it was started by this very process.
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where users and programs are answered."""
        return self.installation.url

    @property
    def gateway_url(self) -> str:
        """The first gateway, without the proxy in front of it."""
        return self.installation.gateway_url()

    @property
    def ports(self) -> Mapping[str, int]:
        return self.installation.ports

    @property
    def admin_password_file(self) -> Path:
        return self.installation.admin_password_file

    def env_of(self, name: str) -> dict[str, str]:
        """The variables that the named process of the stack, started or not, has on top of the inherited ones."""
        return dict(stack.processes(self.installation)[name].environment)

    def database_url(self, service: str, *, superuser: bool = False) -> str:
        return self.installation.database_url(service, superuser=superuser)

    def pid(self, name: str) -> int | None:
        return self.supervisor.states()[name].pid

    def status(self) -> list[Status]:
        """Every process but the tasks, asked now. Raises ProductsManagerError when the supervisor does not answer."""
        states = self.supervisor.states()
        watched = [process for process in self.processes.values() if not process.is_task]
        with ThreadPoolExecutor() as pool:
            # Side by side: a server that hangs takes its whole time to be found so.
            found = list(pool.map(lambda process: _status(process, states[process.name]), watched))
        ends = incidents.ends(self.installation.data)
        return [self._explained(status, len(ends.get(status.name, ()))) for status in found]

    def _explained(self, status: Status, ends: int) -> Status:
        if status.healthy and not ends:
            return status
        return dataclasses.replace(status, ends=ends, error=incidents.last_error(self.installation.data.log_of(status.name)))

    def wait(self) -> int:
        """The exit status of the supervisor, once it has ended: 0 by `pm down`, anything else by an accident."""
        if self.child is None:
            raise RuntimeError("only the process that started the stack can wait for it")
        return self.child.wait()

    def stop(self) -> None:
        """Stop in reverse order, and leave nothing."""
        _end(self.supervisor_pid)
        if self.child:
            self.child.wait()
        orphans.sweep(self.installation.data.root, grace_seconds=5)
        self.installation.seaweedfs.remove_sockets()


def start(
    data_dir: Path,
    only: set[str] | None = None,
    *,
    door: Door = DOOR,
    clusters: int | None = None,
    bound: bool = True,
    notify: Notify = lambda line: None,
) -> Running:
    """Start the stack, or the named processes of it, and return when all are ready.

    `clusters`: of PostgreSQL, 1 or 7; None keeps what is there, and makes one.
    `bound`: everything stops when the calling thread ends, however that happens; otherwise it stays.
    Raises AlreadyRunning; StartFailed with the log of the process that did not become ready; ProductsManagerError.
    Whatever is raised, nothing is left running.
    """
    data = DataDir.at(data_dir)
    data.create()
    with data.lock() as lock:
        if left := orphans.sweep(data.root):
            notify(f"ended what a crash had left: {', '.join(left)}")
        installation, moved = installations.prepare(data, door, clusters)
        for sentence in moved:
            notify(sentence)
        known = stack.processes(installation)
        if only is not None and (unknown := only - known.keys()):
            raise ProductsManagerError(f"no process is called {', '.join(sorted(unknown))}: see `pm status`")
        chosen = {name: process for name, process in known.items() if only is None or name in only}
        for process in chosen.values():
            process.prepare()
        supervisor = Supervisor(data, installation.secrets.supervisor)
        child = supervisor.launch(chosen, lock, bound=bound)
        running = Running(installation, supervisor, child.pid, chosen, child)
        try:
            _bring_up(running, notify)
        except BaseException:
            running.stop()
            raise
        return running


@contextlib.contextmanager
def running(
    data_dir: Path,
    only: set[str] | None = None,
    *,
    door: Door = DOOR,
    clusters: int | None = None,
    notify: Notify = lambda line: None,
) -> Iterator[Running]:
    """A stack that lives as long as the block, for tests and benchmarks. See `start`."""
    started = start(data_dir, only, door=door, clusters=clusters, notify=notify)
    try:
        yield started
    finally:
        started.stop()


def connect(data_dir: Path) -> Running:
    """The stack that somebody else runs on `data_dir`. Raises NotRunning."""
    data = DataDir.at(data_dir)
    pid = data.holder()
    if not pid:
        raise NotRunning(f"nothing runs on {data.root}: start it with `pm up`")
    installation = installations.read(data)
    supervisor = Supervisor(data, installation.secrets.supervisor)
    return Running(installation, supervisor, pid, _configured(installation, supervisor.states()))


def stop(data_dir: Path) -> bool:
    """Stop what runs on `data_dir`, also what a crash left there. False when there was nothing."""
    data = DataDir.at(data_dir)
    pid = data.holder()
    if pid:
        _end(pid)
    left = orphans.sweep(data.root)
    if pid or left:
        installations.read(data).seaweedfs.remove_sockets()
    return bool(pid or left)


def _configured(installation: Installation, states: Mapping[str, State]) -> dict[str, Process]:
    return {name: process for name, process in stack.processes(installation).items() if name in states}


def _bring_up(running: Running, notify: Notify) -> None:
    level_of = {name: level for level, names in enumerate(levels(running.processes)) for name in names}
    waiting = dict(running.processes)
    started: dict[str, float] = {}
    done: set[str] = set()
    while waiting:
        for name, process in waiting.items():
            needs = {need for need in process.needs if need in running.processes}
            if name in started or not needs <= done:
                continue
            if process.is_done():
                done.add(name)
                continue
            running.supervisor.start(process, level_of[name])
            started[name] = time.monotonic()
        waiting = {name: process for name, process in waiting.items() if name not in done}
        states = running.supervisor.states()
        for name in sorted(started.keys() & waiting.keys()):
            process, seconds = waiting[name], time.monotonic() - started[name]
            if _is_ready(process, states[name]):
                process.provision()
                done.add(name)
                del waiting[name]
                notify(f"{name} {'done' if process.is_task else 'ready'} after {seconds:.1f} s")
            elif reason := _failure(process, states[name], seconds):
                log = running.installation.data.log_of(name)
                raise StartFailed(f"{name} {reason}: the end of {log} says why", tail(log))
        time.sleep(0.1)


def _status(process: Process, state: State) -> Status:
    memory = _memory(state.pid) >> 20 if state.pid else 0
    frozen = state.pid is not None and _is_frozen(state.pid)
    healthy = not frozen and _is_ready(process, state)
    return Status(process.name, state.pid, process.port, healthy, memory, frozen, ends=0, error="")


def _is_frozen(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def _is_ready(process: Process, state: State) -> bool:
    if process.is_task:
        return state.state == "EXITED" and state.exit_status == 0
    return state.is_running and (process.ready() if process.ready else state.state == "RUNNING")


def _failure(process: Process, state: State, seconds: float) -> str | None:
    if state.state in ("FATAL", "BACKOFF", "UNKNOWN") or (state.state == "EXITED" and not process.is_task):
        return f"ended at its start ({state.spawn_error or f'exit status {state.exit_status}'})"
    if state.state == "EXITED" and state.exit_status != 0:
        return f"failed with exit status {state.exit_status}"
    if seconds > process.ready_seconds:
        return f"did not become ready within {process.ready_seconds} s; if this machine is busy, start it again"
    return None


def _end(pid: int) -> None:
    """SIGTERM makes supervisord stop level after level and end."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        if not wait_until_gone(pid, STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid, 5)


def _memory(pid: int) -> int:
    """Bytes of a process and its descendants; pages shared among them (PostgreSQL's buffers) count once."""
    private = shared = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                memory = process.memory_info()
                both = getattr(memory, "shared", 0)
                private += memory.rss - both
                shared = max(shared, both)
    return private + shared
