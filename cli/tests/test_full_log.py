"""A disk without room for a line of the log ends neither the supervisor nor what it watches."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

# A device of Linux on which every write fails: ProductsManager runs there.
FULL = Path("/dev/full")
CONFIGURATION = """
[supervisord]
nodaemon=true
logfile={log}
pidfile={folder}/pid
childlogdir={folder}

[program:talks]
command={python} -u -c "while True: print('a line', flush=True); __import__('time').sleep(0.05)"
stdout_logfile={log}
redirect_stderr=true

[program:ends]
command={python} -c "print('the last line')"
stdout_logfile={log}
autorestart=true
startretries=1000000
startsecs=0
"""


def test_lines_that_have_no_room_are_lost_and_nothing_else(tmp_path: Path) -> None:
    configuration = tmp_path / "supervisord.conf"
    configuration.write_text(CONFIGURATION.format(log=FULL, folder=tmp_path, python=sys.executable))
    command = (sys.executable, "-m", "productsmanager.supervisord", "-n", "-c", str(configuration))
    with FULL.open("wb") as full, subprocess.Popen(command, stdout=full, stderr=full) as supervisor:
        try:
            pids: set[int] = set()
            deadline = time.monotonic() + 60
            # Whatever it writes, it has tried several times by then.
            while len(pids) < 6:
                assert supervisor.poll() is None, "it ended over a line that it could not write"
                assert time.monotonic() < deadline, "it starts nothing anew"
                pids |= {child.pid for child in psutil.Process(supervisor.pid).children()}
                time.sleep(0.05)
        finally:
            supervisor.terminate()
