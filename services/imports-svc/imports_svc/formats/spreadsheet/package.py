"""The zip archive of an office workbook: its parts, and how they refer to one another."""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from imports_svc.feeds.errors import FileDamaged
from imports_svc.feeds.model import Limits
from imports_svc.formats.xml import Tags, parse, pieces


class Package:
    """Parts by name, whatever way and case the writer gave it."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits, kind: str) -> None:
        self._archive = archive
        self._limits = limits
        self._kind = kind
        self._names = {name.replace("\\", "/").lstrip("/").casefold(): name for name in archive.namelist()}
        self.main = next((part for type_, part in self.relations("").values() if type_.endswith("/officeDocument")), "")
        if not self.main:
            raise FileDamaged(f"The {kind} workbook is damaged: it does not say where its sheets are. Save it again and send it.")
        self._related = self.relations(self.main)

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part.casefold() in self._names

    @contextmanager
    def part(self, part: str) -> Iterator[Iterator[bytes]]:
        """The content of a part in pieces. Raises FileDamaged, FeedTooLarge."""
        name = self._names.get(part.casefold())
        if name is None:
            raise FileDamaged(f"The {self._kind} workbook is damaged: its part {part} is missing. Save it again and send it.")
        with self._archive.open(name) as source:
            yield pieces(source, self._archive.getinfo(name).compress_size, self._limits)

    def read(self, part: str, tags: Tags) -> None:
        """Hand the elements of a part to `tags`; nothing happens when there is no such part."""
        if self.has(part):
            with self.part(part) as text:
                parse(text, tags, f"{self._kind} workbook")

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Type and part of what a part refers to, by id."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def relation(given: dict[str, str]) -> None:
            target = given.get("Target", "").replace("\\", "/")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[given.get("Id", "")] = (given.get("Type", ""), whole)

        self.read(posixpath.join(folder, "_rels", f"{name}.rels"), {"Relationship": relation})
        return found

    def sheet(self, id_: str) -> str:
        """The part of a sheet with cells, "" for sheets of charts, dialogs and old macros."""
        kind, part = self._related.get(id_, ("", ""))
        return part if kind.endswith("/worksheet") else ""

    def related(self, kind: str) -> str:
        """The part of this kind that the workbook refers to, "" when there is none."""
        return next((part for type_, part in self._related.values() if type_.endswith(f"/{kind}")), "")
