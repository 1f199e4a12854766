"""multipart/form-data (RFC 7578) read as it arrives, so that a file of any size takes no room."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.http.errors import MalformedRequest

FILE = "file"
FIELD_MAX_BYTES = 64 * 1024
FIELDS_MAX = 32


@dataclass(frozen=True)
class Field:
    """A part that is not the file."""

    name: str
    text: str


@dataclass(frozen=True)
class File:
    """The file begins; what follows as bytes is its content. `name` is empty when the client gave none."""

    name: str


Part = Field | File | bytes


async def read_form(arriving: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[Part]:
    """The parts of a form in their order; raises MalformedRequest when it is damaged or ends too early."""
    try:
        reader = _Reader(boundary)
        async for chunk in arriving:
            for part in reader.feed(chunk):
                yield part
    except FormParserError as error:
        raise MalformedRequest({"(body)": f"is not a form: {error}"}) from None
    if not reader.ended:
        raise MalformedRequest({"(body)": "breaks off before the form's last boundary"})


class _Reader:
    """Collects what the parser calls out."""

    def __init__(self, boundary: bytes) -> None:
        if not boundary:
            raise MalformedRequest({"Content-Type": "names no boundary"})
        self.ended = False
        self._parts: list[Part] = []
        self._count = 0
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._name = ""
        self._text = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._take,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> list[Part]:
        """What this chunk brought."""
        self._parser.write(chunk)
        parts, self._parts = self._parts, []
        return parts

    def _begin_part(self) -> None:
        self._count += 1
        if self._count > FIELDS_MAX:
            raise MalformedRequest({"(body)": f"has more than {FIELDS_MAX} parts"})
        self._disposition = b""
        self._text = bytearray()

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        # Browsers send names in the page's encoding, which is UTF-8; the parser hands bytes through as Latin-1.
        self._name = options.get(b"name", b"").decode(errors="replace")
        if self._name == FILE:
            self._parts.append(File(options.get(b"filename", b"").decode(errors="replace")))

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._parts.append(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > FIELD_MAX_BYTES:
            raise MalformedRequest({self._name: f"is longer than {FIELD_MAX_BYTES} bytes"})

    def _end_part(self) -> None:
        if self._name != FILE:
            self._parts.append(Field(self._name, self._text.decode(errors="replace")))

    def _end(self) -> None:
        self.ended = True
