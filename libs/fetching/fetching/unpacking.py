"""Bodies that come compressed, unpacked piece by piece, so that no piece is larger than it may be."""

import zlib
from collections.abc import Iterator

from fetching.errors import DamagedBody, EncodingUnknown, TooDense
from fetching.limits import FREE_BYTES

PIECE = 256 * 1024
# What zlib calls them: window bits.
GZIP, ZLIB, RAW = 31, 15, -15


class Plain:
    """Nothing to unpack."""

    def take(self, piece: bytes) -> Iterator[bytes]:
        yield piece

    def ends_well(self) -> bool:
        """Whether what came is whole, as far as this can tell."""
        return True


class Packed(Plain):
    """gzip, in as many members as there are, or deflate with or without its header. Raises DamagedBody, TooDense."""

    def __init__(self, origin: str, form: int, ratio: int) -> None:
        self._origin = origin
        self._form = form
        self._ratio = ratio
        self._held = b""
        self._reader = zlib.decompressobj(form) if form == GZIP else None
        self._came = 0
        self._made = 0

    def take(self, piece: bytes) -> Iterator[bytes]:
        self._came += len(piece)
        if self._reader is None:
            self._held += piece
            if len(self._held) < 2:
                return
            # Many servers leave the header of zlib out.
            form = ZLIB if self._held[0] & 0x0F == 8 and int.from_bytes(self._held[:2], "big") % 31 == 0 else RAW
            self._reader, piece, self._held = zlib.decompressobj(form), self._held, b""
        rest = piece
        while True:
            if self._reader.eof:
                # Members of gzip stand one behind the other; zeros fill the last block of a tape.
                if self._form != GZIP or not (rest := rest.lstrip(b"\0")):
                    return
                self._reader = zlib.decompressobj(GZIP)
            try:
                made = self._reader.decompress(rest, PIECE)
            except zlib.error:
                raise DamagedBody(self._origin) from None
            rest = self._reader.unused_data if self._reader.eof else self._reader.unconsumed_tail
            self._made += len(made)
            if self._made > max(FREE_BYTES, self._ratio * (self._came - len(rest))):
                raise TooDense(self._origin, self._ratio)
            if made:
                yield made
            # A full piece may have left something behind in the reader.
            if not rest and len(made) < PIECE:
                return

    def ends_well(self) -> bool:
        return not self._came or (self._reader is not None and self._reader.eof)


def unpacker(origin: str, encoding: str, ratio: int) -> Plain:
    """What reads a body in this encoding (`headers.encoding`). Raises EncodingUnknown."""
    match encoding:
        case "identity":
            return Plain()
        case "gzip":
            return Packed(origin, GZIP, ratio)
        case "deflate":
            return Packed(origin, ZLIB, ratio)
    raise EncodingUnknown(origin, encoding[:40])
