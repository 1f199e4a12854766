"""Errors shown to the user.

ProductsManagerError        one red line: what is wrong, and what to do
├── AlreadyRunning          another `pm up` owns the data directory
├── NotRunning              nothing runs on the data directory
└── StartFailed             a process did not become ready; carries the last lines of its log
"""

from collections.abc import Sequence


class ProductsManagerError(Exception):
    """What is wrong and what to do about it, in one line."""

    exit_code = 1


class AlreadyRunning(ProductsManagerError):
    pass


class NotRunning(ProductsManagerError):
    exit_code = 3


class StartFailed(ProductsManagerError):
    def __init__(self, message: str, log_lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log_lines = tuple(log_lines)
