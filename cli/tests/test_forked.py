"""Processes that begin as forks of the supervisor behave as if Python had just been started with their module."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from productsmanager import lifecycle
from productsmanager.forked import LIBRARIES, Module, module_of
from productsmanager.privileges import bound_to_parent

PARENT = """
import os, signal, sys
from productsmanager.forked import Module, become
signal.signal(signal.SIGTERM, lambda *_: print("the parent's", flush=True))
me = os.getpid()
child = os.fork()
if child == 0:
    become(Module("tried", ("one", "two"), signal.SIGTERM), {"ONLY": "this", "MALLOC_ARENA_MAX": "2"}, me)
_, status = os.waitpid(child, 0)
print("ended with", os.waitstatus_to_exitcode(status))
"""


def run(directory: Path, code: str) -> list[str]:
    """The lines that a parent and its fork print, the latter while it runs this code as its module."""
    (directory / "tried.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", PARENT, "room", "for", "the", "name", "of", "the", "child"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("print('well')", ["well", "ended with 0"]),
        ("import sys; print('bad'); sys.exit(3)", ["bad", "ended with 3"]),
        ("import sys; sys.exit('no address')", ["no address", "ended with 1"]),
        ("import os; print(os.environ['ONLY'], 'HOME' in os.environ)", ["this False", "ended with 0"]),
        ("import sys; print(__name__, sys.argv[1:])", ["__main__ ['one', 'two']", "ended with 0"]),
        ("import atexit; atexit.register(print, 'at last'); print('first')", ["first", "at last", "ended with 0"]),
        (
            "import threading, time; threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start(); print('early')",
            ["early", "late", "ended with 0"],
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", ["ended with -15"]),
        ("import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)", ["True", "ended with 0"]),
        (
            "print(open('/proc/self/cmdline').read().rstrip(chr(0)).split(chr(0)))",
            ["['python', '-m', 'tried', 'one', 'two']", "ended with 0"],
        ),
    ],
)
def test_a_fork_runs_its_module_as_python_does(tmp_path: Path, code: str, lines: list[str]) -> None:
    assert run(tmp_path, code) == lines


def test_a_fault_of_the_module_is_told(tmp_path: Path) -> None:
    lines = run(tmp_path, "1 / 0")
    assert lines[0].startswith("Traceback")
    assert lines[-2:] == ["ZeroDivisionError: division by zero", "ended with 1"]


def test_a_fork_whose_parent_died_ends(tmp_path: Path) -> None:
    code = (
        "import os, psutil, signal, time; parent = psutil.Process(os.getppid()); parent.kill(); time.sleep(60); print('it lives')"
    )
    (tmp_path / "tried.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", PARENT], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout) == (-9, "")


def test_which_commands_are_forked() -> None:
    bound = list(bound_to_parent((sys.executable, "-m", "media_svc", "serve"), "TERM"))
    assert module_of(bound) == Module("media_svc", ("serve",), 15)
    for other in (["/bin/sh"], bound_to_parent(("/bin/sh", "-c", "x"), "TERM"), bound[3:], [*bound[:3], "python3", *bound[4:]]):
        assert module_of(list(other)) is None


def test_loading_the_libraries_starts_no_thread_and_opens_nothing() -> None:
    code = f"""
import os, threading
from importlib import import_module
def opened():
    return {{os.readlink(f"/proc/self/fd/{{number}}") for number in os.listdir("/proc/self/fd") if int(number) > 2 and
            os.path.exists(f"/proc/self/fd/{{number}}")}}
before = opened()
for library in {LIBRARIES!r}:
    import_module(library)
import sys
print(threading.active_count(), sorted(opened() - before), "grpc" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["1", "[]", "False"]


@pytest.mark.parametrize("fault", ["1 / 0", "import nothing_of_that_name", "raise OSError('no such device')", "x = ("])
def test_a_library_that_cannot_be_loaded_stops_nothing(tmp_path: Path, fault: str) -> None:
    (tmp_path / "broken.py").write_text(fault)
    code = """
import sys
from productsmanager import forked
forked.LIBRARIES = ("broken", "plistlib")
loading = forked.Preloading()
while not loading.is_done:
    loading.step()
print("plistlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True\n"
    assert done.stderr.startswith("Traceback")


def test_services_of_a_stack_are_forks(data: Path) -> None:
    with lifecycle.running(data, {"postgres", "valkey", "migrate", "core", "analytics"}) as running:
        pids = {name: state.pid for name, state in running.supervisor.states().items() if state.pid}
        for name in ("core", "analytics"):
            process = psutil.Process(pids[name])
            assert process.cmdline()[:4] == ["python", "-m", f"{name}_svc", "serve"]
            assert process.ppid() == running.supervisor_pid
            mapped = Path(f"/proc/{pids[name]}/maps").read_text(encoding="utf-8")
            assert "cygrpc" in mapped
        assert psutil.Process(pids["postgres"]).name() == "postgres"
        assert "cygrpc" not in Path(f"/proc/{running.supervisor_pid}/maps").read_text(encoding="utf-8")
