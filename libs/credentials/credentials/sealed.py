"""A credential as it is kept: sealed, with the id of its key; and the column that holds it."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

_FORM = re.compile(rb"1:([0-9a-f]{8}):([A-Za-z0-9_=-]+)")


@dataclass(frozen=True, repr=False)
class Sealed:
    """It opens with the key it names, for what it was sealed for."""

    key: str
    token: bytes

    @classmethod
    def of(cls, kept: bytes) -> "Sealed":
        """As it stands in a column. Raises ValueError for what is none."""
        found = _FORM.fullmatch(kept)
        if found is None:
            raise ValueError("no sealed credentials")
        return cls(found[1].decode(), found[2])

    @property
    def kept(self) -> bytes:
        return b"1:%b:%b" % (self.key.encode(), self.token)

    def __repr__(self) -> str:
        return f"Sealed({self.key})"


class SealedColumn(TypeDecorator[Sealed]):
    """A column of sealed credentials: `Mapped[Sealed | None] = mapped_column(SealedColumn)`. Plain text is refused."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Any) -> bytes | None:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("only what was sealed is kept")
        return None if value is None else value.kept

    def process_result_value(self, value: bytes | None, dialect: Any) -> Sealed | None:
        return None if value is None else Sealed.of(value)
