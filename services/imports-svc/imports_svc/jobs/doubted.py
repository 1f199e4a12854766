"""What is not sure about a job's file, and what people said yes to."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from imports_svc.feeds.doubt import NOT_FOUND, Doubt

ROWS_REJECTED = "rows_rejected"
_OF_ONE_FILE = frozenset({ROWS_REJECTED, "sku_ties_changed", "offers_vanished"})
"""That most rows can't be used, many ties change or many offers are gone is said of one file: a yes to it is none to the next."""


class Doubted:
    """Columns and behaviour of a job that is held while something about its file is not sure."""

    # Names of doubts that somebody said yes to.
    accepted: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    # feeds.Doubt, once the file was looked at; more of them once it is planned.
    doubts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))

    @property
    def open_doubts(self) -> list[Doubt]:
        """The doubts that hold the job: nobody has accepted them."""
        return [doubt for doubt in self.all_doubts if doubt.holds and not self.accepts(doubt)]

    @property
    def all_doubts(self) -> list[Doubt]:
        return [Doubt.from_json(json.dumps(doubt)) for doubt in self.doubts]

    @property
    def to_remember(self) -> list[str]:
        """Names of the accepted doubts that hold the supplier's next files no more, and of those that are only told."""
        accepted = (doubt for doubt in self.all_doubts if self.accepts(doubt) and doubt.code != NOT_FOUND)
        return [doubt.name if doubt.holds else _told(doubt) for doubt in accepted if doubt.code not in _OF_ONE_FILE]

    def accepts(self, doubt: Doubt) -> bool:
        """Whether somebody said yes to this doubt, or to its code for all columns."""
        told = not doubt.holds and _told(doubt) in self.accepted
        return told or doubt.name in self.accepted or doubt.code in self.accepted

    def accept(self, names: Iterable[str]) -> None:
        """Say yes to doubts by their names or codes."""
        self.accepted = sorted({*self.accepted, *names})

    def note_not_found(self, names: Iterable[str]) -> None:
        """Tell in a doubt of its own which of these names, that somebody said yes to, are those of no doubt."""
        others = [doubt for doubt in self.all_doubts if doubt.code != NOT_FOUND]
        known = {doubt.name for doubt in others} | {doubt.code for doubt in others}
        if missing := sorted(set(names) - known):
            said = f"Accepted, but nothing is doubted under that name: {', '.join(missing)}."
            told = f"{said} What is doubted: {', '.join(doubt.name for doubt in others) or 'nothing'}."
            others.append(Doubt(NOT_FOUND, told, examples=tuple(missing), holds=False))
        self.note_doubts(others)

    def note_doubts(self, doubts: Iterable[Doubt]) -> None:
        self.doubts = [json.loads(doubt.to_json()) for doubt in doubts]


def _told(doubt: Doubt) -> str:
    """What is remembered of a yes to a doubt that held nothing: it is no yes to one of this name that does."""
    return f"told {doubt.name}"
