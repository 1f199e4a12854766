"""What can happen to a reading process that is no fault the file can be refused for."""

import errno
import signal

from chassis.errors import Unavailable


class ReaderDied(Unavailable):
    def __init__(self, status: int) -> None:
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        super().__init__(
            f"The process that reads the file {how}, most often for want of memory. It is tried again; free memory on the"
            " worker's machine, or split the file.",
            status=status,
        )


class DiskFull(Unavailable):
    """Where files are copied to and unpacked there is no room; it ends when there is some, and is no fault of the file's."""

    def __init__(self) -> None:
        super().__init__("The disk of the imports worker is full: make room there, and the job goes on by itself.")

    @staticmethod
    def caused(error: BaseException) -> bool:
        """Whether this is what the operating system says: no room on the disk, or none left of what this user may use."""
        return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class ReaderFailed(Exception):
    """Nobody foresaw this; its text is the reading process's own traceback."""
