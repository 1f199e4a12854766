"""`pm` as a user runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest

from productsmanager import lifecycle, orphans, ports
from productsmanager.commands.logs import readable
from productsmanager.data import DataDir
from productsmanager.supervision import wait_until_gone

STORAGE = {"postgres", "valkey"}


def pm(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "productsmanager", *arguments, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def foreground(data: Path) -> Iterator[subprocess.Popen[str]]:
    """`pm up` in the foreground, once it says that it is up."""
    command = [sys.executable, "-m", "productsmanager", "up", "--only", "valkey", "--data", str(data)]
    pipe = subprocess.PIPE
    # Who runs the tests under nohup hands an ignored SIGHUP down; here it must mean what it means in a terminal.
    listening = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=listening) as process:  # noqa: PLW1509
        assert process.stdout
        assert any(line == "Ctrl-C stops it.\n" for line in process.stdout)
        yield process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_up_stops_everything_when_it_is_told_to(data: Path, number: signal.Signals) -> None:
    with foreground(data) as up:
        up.send_signal(number)
        assert up.wait(60) == 0
        assert orphans.find(data) == []


def test_up_ends_when_down_stops_it(data: Path) -> None:
    with foreground(data) as up:
        assert pm(data, "down").returncode == 0
        assert up.wait(60) == 0
    assert pm(data, "down").stdout == "Nothing was running.\n"


def test_up_says_that_its_supervisor_was_killed(data: Path) -> None:
    with foreground(data) as up:
        os.kill(lifecycle.connect(data).supervisor_pid, signal.SIGKILL)
        _, errors = up.communicate(timeout=60)
        assert up.returncode == 1
        assert len(errors.splitlines()) == 1
        assert "run `pm up` again" in errors
        assert orphans.find(data) == []


def test_a_detached_stack_is_seen_and_stopped(data: Path) -> None:
    nothing = pm(data, "status", "--json")
    assert (nothing.returncode, json.loads(nothing.stdout)) == (3, {"url": None, "processes": []})
    assert "start it with `pm up`" in nothing.stderr
    assert pm(data, "up", "--detach", "--only", "postgres", "--only", "valkey").returncode == 0
    report = json.loads(pm(data, "status", "--json").stdout)
    port = ports.remembered(DataDir.at(data))["edge"]
    assert report["url"] == f"http://127.0.0.1:{port}"
    assert {process["name"] for process in report["processes"]} == STORAGE
    assert all(psutil.pid_exists(process["pid"]) and process["healthy"] for process in report["processes"])
    refusal = pm(data, "up")
    assert refusal.returncode == 1
    assert f"port {port}" in refusal.stderr
    assert len(refusal.stderr.splitlines()) == 1
    assert "ready to accept connections" in pm(data, "logs", "postgres").stdout
    assert pm(data, "down").returncode == 0
    assert all(wait_until_gone(process["pid"], 10) for process in report["processes"])
    assert pm(data, "status").returncode == 3


def test_status_shows_a_process_that_does_not_answer(data: Path) -> None:
    with lifecycle.running(data, STORAGE) as running:
        pid = running.pid("valkey")
        assert pid
        os.kill(pid, signal.SIGSTOP)
        try:
            report = pm(data, "status", "--json")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert report.returncode == 1
        healthy = {process["name"]: process["healthy"] for process in json.loads(report.stdout)["processes"]}
        assert healthy == {"postgres": True, "valkey": False}


def test_doctor_names_what_others_may_read(data: Path) -> None:
    with lifecycle.running(data, {"valkey"}):
        assert pm(data, "doctor").returncode == 0
        (data / "secrets.json").chmod(0o644)
        report = pm(data, "doctor")
    assert report.returncode == 1
    assert "others may read secrets" in report.stdout


def test_an_unknown_process_is_refused(data: Path) -> None:
    refusal = pm(data, "up", "--only", "oracle")
    assert refusal.returncode == 1
    assert "no process is called oracle" in refusal.stderr


def test_a_line_of_the_log_is_readable_on_a_terminal() -> None:
    line = '{"event": "request", "status": 503, "service": "gateway", "level": "info", "timestamp": "2026-11-22T17:40:57.123Z"}'
    assert readable(line) == "17:40:57.123 info    request  status=503"
    broken = '{"event": "failed", "level": "error", "timestamp": "2026-11-22T17:40:57.123Z", "exception": "Traceback\\nOSError"}'
    assert readable(broken) == "17:40:57.123 error   failed  \nTraceback\nOSError"
    for other in ("[2026-11-22] celery is up", '{"event": "no time"}', "[1]", "12"):
        assert readable(other) == other
