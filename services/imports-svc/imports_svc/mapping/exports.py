"""Exports of shop systems and marketplaces: known by their columns, mapped as their makers mean them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from imports_svc import vocabulary
from imports_svc.feeds.model import Choice, Family, Field, Group, Mapping, Profile, Shape

_FILE = Path(vocabulary.__file__).parent / "exports.toml"
_SURE = 0.98


@dataclass(frozen=True)
class Export:
    """One kind of export. `group`: rows of one product, and what only its first row says; `family`: rows that name that row."""

    name: str
    signature: tuple[str, ...]
    fields: dict[Field, list[str]]
    never: frozenset[str]
    group: dict[str, Any]
    repeated_rows: str
    category_list: str | None
    family: dict[str, Any]


@cache
def _exports() -> tuple[Export, ...]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Export(
            one["name"],
            tuple(map(_plain, one["signature"])),
            one["fields"],
            frozenset(map(_plain, one.get("never", ()))),
            one.get("group", {}),
            one.get("repeated_rows", "last"),
            one.get("category_list"),
            one.get("family", {}),
        )
        for one in data.values()
    )


def _plain(header: str) -> str:
    return " ".join(header.replace("\ufeff", "").casefold().split())


def known(shape: Shape) -> Export | None:
    """The export that this header is of; None for any other file."""
    if not shape.header:
        return None
    names = {_plain(name) for name in shape.columns}
    return next((export for export in _exports() if names.issuperset(export.signature)), None)


def mapped(export: Export, shape: Shape, profile: Profile) -> tuple[Mapping, set[int]]:
    """What the export's columns mean, and those that mean nothing to us. Of several columns the first with values is taken."""
    at = {_plain(name): index for index, name in reversed(list(enumerate(shape.columns)))}
    fields: dict[Field, Choice] = {}
    for field, headers in export.fields.items():
        places = [at[_plain(header)] for header in headers if _plain(header) in at]
        filled = [place for place in places if profile.columns[place].values] or (places if not profile.rows else [])
        if filled:
            why = f"{export.name}: {shape.columns[filled[0]]!r} is that"
            fields[field] = Choice(filled[0], _SURE, why)
    passed = {at[header] for header in export.never if header in at} - {choice.column for choice in fields.values()}
    mapping = Mapping(
        fields,
        template=export.name,
        group=_group(export, at) if export.group else None,
        repeated_rows="first" if export.repeated_rows == "first" else "last",
        category_list=export.category_list,
        family=_family(export, at) if export.family else None,
    )
    return mapping, passed


def _group(export: Export, at: dict[str, int]) -> Group | None:
    given = export.group
    column = at.get(_plain(given["column"]))
    if column is None:
        return None
    image, own = (at.get(_plain(given.get(name, ""))) for name in ("image", "own_image"))
    return Group(column, _places(given["inherited"], at), _places(given["options"], at), tuple(given["alone"]), image, own)


def _family(export: Export, at: dict[str, int]) -> Family | None:
    given = export.family
    column, kind, ref = (at.get(_plain(given[name])) for name in ("column", "kind", "ref"))
    if column is None or kind is None or ref is None:
        return None
    return Family(
        column,
        kind,
        ref,
        at.get(_plain(given["id"])) if "id" in given else None,
        _places(given["inherited"], at),
        _places(given["options"], at),
        tuple(given["parents"]),
        tuple(given["children"]),
    )


def _places(names: list[str], at: dict[str, int]) -> tuple[int, ...]:
    return tuple(at[_plain(name)] for name in names if _plain(name) in at)
