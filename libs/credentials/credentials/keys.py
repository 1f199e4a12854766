"""Sealing keys: `python -m credentials.keys DIRECTORY NAME...` makes those that are missing, `--rotate` puts a new one in front.

One file for each service that keeps credentials, `<name>.fernet` (0600): a key a line, the first one seals, all of them open.
Processes that run see a changed file by themselves. `--retire` takes away all but the first, once nothing is sealed with them: it
looks through the database of the service (PM_DATABASE_URL).
"""

import argparse
import fcntl
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from chassis.errors import ServiceError
from credentials import rows
from credentials.errors import RowsUnknown

ID_LENGTH = 8


def key_id(key: str) -> str:
    """What tells a key from others, and tells nothing of it."""
    return hashlib.sha256(b"sealing key " + key.encode()).hexdigest()[:ID_LENGTH]


def file_of(directory: Path, name: str) -> Path:
    return directory / f"{name}.fernet"


def parse(text: str) -> list[str]:
    """The keys in a text, one a line or separated by commas. Raises ValueError, which shows none."""
    keys = [key for key in text.replace(",", "\n").split() if key]
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(f"key {number} of {len(keys)} is no sealing key: those that we make have 44 characters") from None
    if not keys:
        raise ValueError("there is no sealing key in it")
    return keys


def read(directory: Path, name: str) -> list[str]:
    """The keys of a service, the one that seals first. Raises OSError, ValueError."""
    return parse(file_of(directory, name).read_text(encoding="ascii"))


def ensure(directory: Path, names: Iterable[str]) -> None:
    """Make each key that is not there."""
    for name in names:
        if not file_of(directory, name).exists():
            with _locked(directory):
                _ensure(directory, name)


def rotate(directory: Path, names: Iterable[str]) -> None:
    """Put a new key in front of those there are: it seals from now on, and they still open."""
    for name in names:
        with _locked(directory):
            _ensure(directory, name)
            _write(directory, name, [Fernet.generate_key().decode(), *read(directory, name)])


def old(directory: Path, name: str) -> list[str]:
    """The ids of the keys that only open. Raises OSError, ValueError."""
    return [key_id(key) for key in read(directory, name)[1:]]


def retire(directory: Path, name: str, ids: Collection[str]) -> list[str]:
    """Take away these keys, but never the first; returns their ids. What is still sealed with them can't be opened any more.

    `rows.expect_none_under` says before whether anything is.
    """
    with _locked(directory):
        first, *others = read(directory, name)
        gone = [key for key in others if key_id(key) in ids]
        _write(directory, name, [first, *(key for key in others if key not in gone)])
    return [key_id(key) for key in gone]


def fault(directory: Path, name: str) -> str:
    """What is wrong with the keys of a service, empty when nothing is."""
    path = file_of(directory, name)
    try:
        read(directory, name)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except (OSError, ValueError):
        return f"{path.name} is damaged"
    return ""


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """While nobody else changes keys there: what one has read another may not replace. Of the directory, so no file is left."""
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
        # A key that seals outlives a power failure, with its name.
        os.fsync(held)
    finally:
        os.close(held)


def _ensure(directory: Path, name: str) -> None:
    if not file_of(directory, name).exists():
        _write(directory, name, [Fernet.generate_key().decode()])


def _write(directory: Path, name: str, keys: list[str]) -> None:
    """As a whole or not at all, and private from the first byte on."""
    path = file_of(directory, name)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="credentials.keys", description="Make the sealing keys that are missing.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--rotate", action="store_true", help="put a new key in front; the old ones still open")
    action.add_argument("--retire", action="store_true", help="take away all but the first, when nothing is sealed with them")
    parser.add_argument("--anyway", action="store_true", help="with --retire: do not look whether anything is sealed with them")
    parser.add_argument("directory", type=Path)
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    if not arguments.retire:
        (rotate if arguments.rotate else ensure)(arguments.directory, arguments.names)
        return
    for name in arguments.names:
        ids = old(arguments.directory, name)
        if not arguments.anyway:
            try:
                _expect_unused(name, ids)
            except ServiceError as error:
                parser.exit(1, f"{error.message}\n")
        retire(arguments.directory, name, ids)


def _expect_unused(name: str, ids: list[str]) -> None:
    """Look through the database of this container, when it is that of the service. Raises KeysInUse, RowsUnknown."""
    url = os.environ.get("PM_DATABASE_URL", "")
    database = urlsplit(url).path.removeprefix("/")
    if ids and name not in database:
        why = f"the database of PM_DATABASE_URL is {database}" if url else "PM_DATABASE_URL names no database"
        raise RowsUnknown(name, f"{why}; run this in the container of {name}")
    rows.expect_none_under(url, name, ids)


if __name__ == "__main__":
    main()
