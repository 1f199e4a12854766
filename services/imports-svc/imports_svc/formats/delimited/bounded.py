"""Lines of any length, in bounded memory."""

STUB = "\x02"
"""In front of what is left of a line over the limit."""
_STUB_CHARS = 200


class BoundedLines:
    """Passes text through in whole lines, a line over the limit as a short stub: it is never held in memory.

    `cut`: there was one.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = b""
        self._skipping = False
        self.cut = False

    def bound(self, piece: bytes) -> bytes:
        """The whole lines that end in this piece."""
        if self._skipping:
            end = piece.find(b"\n")
            if end < 0:
                return b""
            piece, self._skipping = piece[end:], False
        cut = piece.rfind(b"\n") + 1
        whole, self._open = (self._open + piece[:cut], piece[cut:]) if cut else (b"", self._open + piece)
        if len(whole) > self._limit and self._has_long(whole):
            self.cut = True
            whole = b"\n".join(_stub(line) if len(line) > self._limit else line for line in whole.split(b"\n"))
        if len(self._open) > self._limit:
            whole += _stub(self._open)
            self._open, self._skipping, self.cut = b"", True, True
        return whole

    def _has_long(self, whole: bytes) -> bool:
        start = 0
        while len(whole) - start > self._limit:
            end = whole.rfind(b"\n", start, start + self._limit + 1)
            if end < 0:
                return True
            start = end + 1
        return False

    def close(self) -> bytes:
        """What stands behind the last line end."""
        rest, self._open = self._open, b""
        return rest


def _stub(line: bytes) -> bytes:
    text = line[: _STUB_CHARS * 4].decode(errors="ignore")[:_STUB_CHARS]
    return (STUB + "".join(c for c in text if c not in "\"'\n")).encode()
