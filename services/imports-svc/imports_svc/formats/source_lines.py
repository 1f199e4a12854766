"""The lines of a file, or rows of its sheets, that the lines of a text were made from: kept beside the text where they differ."""

import struct
from array import array
from pathlib import Path

_SUFFIX = ".lines"
_SIZE = 4
_FLUSH = 50_000


class SourceLinesWriter:
    """Writes them down in the order of the text; lines that are not noted are not known."""

    def __init__(self, text: Path) -> None:
        self._path = _beside(text)
        self._path.write_bytes(b"")
        self._waiting = array("I")
        self._written = 0

    def note(self, line: int, source: int) -> None:
        """Line `line` of the text (from 1, more than the one before) was made from line `source`."""
        missing = line - 1 - self._written - len(self._waiting)
        if missing:
            self._waiting.extend([0] * missing)
        self._waiting.append(source)
        if len(self._waiting) >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            with self._path.open("ab") as out:
                out.write(struct.pack(f"<{len(self._waiting)}I", *self._waiting))
            self._written += len(self._waiting)
            self._waiting = array("I")


class SourceLines:
    """Reads them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, text: Path) -> "SourceLines | None":
        """Those of a text, None where its own lines are the file's."""
        path = _beside(text)
        return cls(path) if path.exists() else None

    def between(self, first: int, last: int) -> list[int]:
        """For each of these lines of the text that of the file, 0 for one that was made from none."""
        with self._path.open("rb") as source:
            source.seek((first - 1) * _SIZE)
            found = source.read((last - first + 1) * _SIZE)
        lines = [line for (line,) in struct.iter_unpack("<I", found)]
        return lines + [0] * (last - first + 1 - len(lines))


def _beside(text: Path) -> Path:
    return text.with_name(f"{text.name}{_SUFFIX}")
