"""Local copies of feeds, removed when they are no longer needed, whatever becomes of the process."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = ".lock"


@contextmanager
def workspace(work_dir: Path) -> Iterator[Path]:
    """A folder of this process below `work_dir`; folders of processes that were killed are removed on the way."""
    work_dir.mkdir(parents=True, exist_ok=True)
    for left in work_dir.iterdir():
        _remove_unless_locked(left)
    with tempfile.TemporaryDirectory(dir=work_dir) as folder, (Path(folder) / _LOCK).open("wb") as lock:
        # The lock goes with the process, however it ends.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(folder)


def _remove_unless_locked(folder: Path) -> None:
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError, NotADirectoryError):
        # In use, or being made this moment.
        return
    shutil.rmtree(folder, ignore_errors=True)
