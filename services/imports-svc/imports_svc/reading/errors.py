"""What can happen to a reading process that is no fault the file can be refused for."""

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


class ReaderFailed(Exception):
    """Nobody foresaw this; its text is the reading process's own traceback."""
