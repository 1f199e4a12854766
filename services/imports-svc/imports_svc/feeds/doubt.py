"""What is not sure about a file, as it is kept beside its job."""

from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter

DATES = "dates_among_codes"
"""The name of the doubt about codes that a spreadsheet turned into dates, whatever the file's format."""


class Stored:
    """A dataclass kept as JSON beside the job and shown to the user."""

    def to_json(self) -> str:
        """The JSON text `from_json` reads back to an equal value."""
        return TypeAdapter(type(self)).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The value `to_json` wrote; raises `pydantic.ValidationError` when it does not fit."""
        return TypeAdapter(cls).validate_json(text)


@dataclass(frozen=True)
class Doubt(Stored):
    """Something of a file that may mean something else than it is read as.

    `code` is its stable name, `column` the column by its name ("" for the file as a whole), `message` says to people what was
    read, what else it may mean and what to do. `rows`: how many rows it is about, 0 where that is not known. `examples`: cells
    as typed. A doubt that `holds` keeps the job from being applied until somebody accepts it for this supplier: those about a
    whole column of prices, stocks or codes, or about where and what the table is.
    """

    code: str
    message: str
    column: str = ""
    rows: int = 0
    examples: tuple[str, ...] = ()
    holds: bool = True

    @property
    def name(self) -> str:
        """What a person says yes to: `code`, or `code:column`."""
        return f"{self.code}:{self.column}" if self.column else self.code
