"""Suggests which column is which field, from what its header says and what all its values look like."""

from collections.abc import Mapping as MappingOf
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from imports_svc.feeds.errors import UnknownColumn
from imports_svc.feeds.fields import (
    CATEGORY_SEPARATOR,
    DECIMAL_MARK,
    ENCODING,
    FIELDS,
    IMAGE,
    MISSING_OFFERS,
    REPEATED_ROWS,
    TABLE,
)
from imports_svc.feeds.model import Choice, ColumnProfile, Field, Mapping, Mark, Profile, Shape
from imports_svc.mapping import exports, images, many, unnamed
from imports_svc.mapping.around import currency_around
from imports_svc.mapping.candidates import candidates, gtin_share
from imports_svc.mapping.likeness import distinct
from imports_svc.mapping.sheets import say_nothing_of_goods
from imports_svc.mapping.ties import Candidate, ties
from imports_svc.mapping.unnamed import ref_share
from imports_svc.vocabulary import another, parameters
from imports_svc.vocabulary.words import (
    currency_within,
    fields_within,
    is_ours,
    is_part_number,
    normalise,
)

CHOSEN = "chosen by the user"
_LONGEST_SEPARATOR = 10
_ENOUGH = 0.5
_DISTINCT = 0.94
_IDENTITY: frozenset[Field] = frozenset({"ref", "gtin", "mpn"})
_LONGEST_TITLE = 100
# References that are GTIN: of numbers of one's own one in ten passes the check.
_ARE_CODES = 0.9
_NO_IDENTITY = "No column identifies the products. Map a supplier reference (ref) or a GTIN column."
_NOTHING_TO_SAY = "No column says anything of the products but their codes. Map a title, a price or a stock column."


def suggest(shape: Shape, profile: Profile, beforehand: MappingOf[Field, Choice] = MappingProxyType({})) -> Mapping:
    """The likeliest mapping, `beforehand` in it; every choice says why. A column serves one field, the GTIN also as ref."""
    export = exports.known(shape)
    known, passed = exports.mapped(export, shape, profile) if export else (Mapping({}), set())
    fields: dict[Field, Choice] = dict(known.fields if export else beforehand)
    # Numbers of rows are no numbers of articles.
    taken = {choice.column for choice in fields.values()} | passed | set(range(1, len(shape.placed)))
    if shape.placed and say_nothing_of_goods(name for name, _ in profile.columns[0].few):
        taken.add(0)
    pictures = images.numbered(shape, profile) if export is None else {}
    taken |= pictures.keys()
    apart, beside_them = many.named_apart(shape, profile) if export is None else ({}, set())
    fields |= {name: many.choice(shape, profile, index) for index, name in apart.items()}
    taken |= apart.keys() | beside_them
    ranked = sorted(candidates(shape, profile), key=lambda c: (-c.confidence, c.column))
    if export is not None:
        # What the export does not have, another column is not: only fields it never speaks of are left.
        ranked = [candidate for candidate in ranked if candidate.name not in export.fields]
    for candidate in ranked:
        if candidate.name not in fields and candidate.column not in taken and candidate.confidence >= _ENOUGH:
            fields[candidate.name] = Choice(candidate.column, round(candidate.confidence, 2), candidate.why)
            taken.add(candidate.column)
    doubts = tuple(ties(ranked, fields, shape, profile))
    for index, name in many.named_beside(shape, profile, fields).items() if export is None else ():
        if index not in taken:
            fields[name] = many.choice(shape, profile, index)
            taken.add(index)
    if "title" not in fields and "description" in fields and _is_title(profile.columns[fields["description"].column]):
        fields["title"] = replace(fields.pop("description"), why="no column says a title, and these texts are as short as one")
    by_values: set[Field] = (
        set()
        if export is not None
        else (
            ({"title"} if pictures else {"title", IMAGE})
            | ({"price", "currency"} if not shape.header else _open_currency(fields, shape, profile, taken))
            | ({"ref"} if not shape.header or "gtin" not in fields else set())
        )
    )
    unknown = unnamed.candidates(profile, taken, header=shape.header, known="gtin" in fields)
    for candidate in sorted(unknown, key=lambda c: (-c.confidence, c.column)):
        if candidate.name in by_values - fields.keys() and candidate.column not in taken and _is_free(candidate, shape):
            fields[candidate.name] = Choice(candidate.column, round(candidate.confidence, 2), candidate.why)
            taken.add(candidate.column)
    if export is None:
        fields |= images.chosen(shape, profile, pictures, fields.get(IMAGE))
    return _completed(replace(known, fields=fields, doubts=doubts), shape, profile)


def _open_currency(fields: dict[Field, Choice], shape: Shape, profile: Profile, taken: set[int]) -> set[Field]:
    """Whether the one column of currencies is that of prices whose header names none."""
    priced = [choice.column for name, choice in fields.items() if parameters.base(name) in ("price", "list_price")]
    alone = sum(unnamed.are_currencies(column) for at, column in enumerate(profile.columns) if at not in taken) == 1
    return {"currency"} if alone and priced and not any(currency_within(shape.columns[at]) for at in priced) else set()


def apply_overrides(mapping: Mapping, overrides: dict[str, str], shape: Shape, profile: Profile) -> Mapping:
    """The mapping with the user's choices of columns, named as in the file; an empty name unmaps the field.

    Raises UnknownColumn, and for a field that does not exist.
    """
    fields = dict(mapping.fields)
    separator, mark = mapping.category_separator, mapping.decimal_mark
    for name, column in sorted(overrides.items(), key=lambda choice: choice[0] == CATEGORY_SEPARATOR):
        if name == CATEGORY_SEPARATOR:
            separator = column[:_LONGEST_SEPARATOR]
            continue
        if name in (TABLE, ENCODING):
            # The file was opened by it.
            continue
        if name == REPEATED_ROWS:
            mapping = replace(mapping, repeated_rows=_which_row(column))
            continue
        if name == MISSING_OFFERS:
            mapping = replace(mapping, missing_offers=_which_missing(column))
            continue
        if name == DECIMAL_MARK:
            mark = _mark(column)
            continue
        if name == "category":
            # What another column was written with says nothing of this one.
            separator = None
        if parameters.unknown_fields([name]):
            raise UnknownColumn(f"There is no field {name!r} to map. Fields: {', '.join(FIELDS)}.")
        fields.pop(name, None)
        if not column:
            if name == IMAGE:
                # Whoever wants no image wants no further ones, but for those that he names.
                fields = {
                    other: choice for other, choice in fields.items() if parameters.base(other) != IMAGE or other in overrides
                }
            continue
        if column not in shape.columns:
            raise UnknownColumn(f"The file has no column {column!r} for {name}. Its columns: {', '.join(shape.columns)}.")
        index = shape.columns.index(column)
        chosen: set[Field] = {"ref", "gtin"} if name in ("ref", "gtin") else {name}
        if name in ("ref", "our_sku") and overrides.get("ref") == overrides.get("our_sku"):
            chosen |= {"ref", "our_sku"}
        fields = {other: choice for other, choice in fields.items() if choice.column != index or other in chosen}
        fields[name] = Choice(index, 1.0, CHOSEN)
    return _completed(replace(mapping, fields=fields, category_separator=separator, decimal_mark=mark), shape, profile)


def _mark(said: str) -> Mark | None:
    marks: dict[str, Mark | None] = {".": ".", ",": ",", "": None}
    if said not in marks:
        raise UnknownColumn(f"The decimal mark is . or , and not {said!r}.")
    return marks[said]


def _which_row(said: str) -> Literal["last", "first"]:
    if said == "first":
        return "first"
    if said in ("last", ""):
        return "last"
    raise UnknownColumn(f"{REPEATED_ROWS} is 'last' or 'first', not {said!r}.")


def _which_missing(said: str) -> Literal["vanish", "keep"]:
    if said == "keep":
        return "keep"
    if said in ("vanish", ""):
        return "vanish"
    raise UnknownColumn(f"{MISSING_OFFERS} is 'vanish' or 'keep', not {said!r}.")


def _is_free(candidate: Candidate, shape: Shape) -> bool:
    """Whether a column's name leaves it open: one that names a reference is no title, a competitor's code no reference."""
    if candidate.name == "ref" and shape.header and another.turns("ref", normalise(shape.said[candidate.column]).split()):
        return False
    return candidate.name != "title" or not shape.header or not fields_within(shape.columns[candidate.column]).keys() & _IDENTITY


def _is_title(column: ColumnProfile) -> bool:
    return column.mean_length <= _LONGEST_TITLE and distinct(column) > 0.5


def _completed(mapping: Mapping, shape: Shape, profile: Profile) -> Mapping:
    fields = dict(mapping.fields)
    if "gtin" not in fields and "ref" in fields and gtin_share(profile.columns[fields["ref"].column], profile.rows) >= _ARE_CODES:
        fields["gtin"] = replace(fields["ref"], why="the references are trade item codes")
    ours = fields.get("our_sku")
    if "ref" not in fields and ours is not None and ours.why != CHOSEN and is_ours(shape.columns[ours.column]):
        fields["ref"] = replace(fields.pop("our_sku"), why="it is the only number of whoever made the list")
    part = fields.get("mpn")
    if "ref" not in fields and part is not None and is_part_number(shape.said[part.column]) and _identifies(part, profile):
        code = fields.get("gtin")
        if code is None or not _identifies(code, profile):
            fields["ref"] = replace(part, why="no better column identifies the rows: the part number is the reference")
    if "ref" not in fields and "gtin" not in fields and ours is not None:
        fields["ref"] = replace(ours, why="no other column identifies the rows: our SKU is the reference")
    if "ref" not in fields and "gtin" in fields:
        fields["ref"] = replace(fields["gtin"], why="no other column identifies the rows: the GTIN is the reference")
    problems = [] if "ref" in fields else [_NO_IDENTITY]
    if not fields.keys() - {"ref", "gtin", "supplier"}:
        problems.append(_NOTHING_TO_SAY)
    ordered = {name: fields[name] for name in (*FIELDS, *sorted(fields.keys() - set(FIELDS))) if name in fields}
    category = ordered.get("category")
    separator = mapping.category_separator
    if separator is None and category is not None:
        separator = profile.columns[category.column].separator
    listed = mapping.category_list or (profile.columns[category.column].listed if category is not None else None)
    found = replace(
        mapping,
        fields=ordered,
        category_separator=separator,
        problems=tuple(problems),
        category_list=listed if category else None,
    )
    return replace(found, currency_code=_currency(found, shape))


def _identifies(choice: Choice, profile: Profile) -> bool:
    """Whether a column tells all rows apart."""
    return profile.rows == 0 or ref_share(profile.columns[choice.column], profile.rows) > _DISTINCT


def _currency(mapping: Mapping, shape: Shape) -> str | None:
    for name in ("price", "list_price"):
        column = mapping.column(name)
        if column is not None and (code := currency_within(shape.columns[column])):
            return code
    around = currency_around(shape) if "price" in mapping.fields or "list_price" in mapping.fields else None
    return around if around is not None and "currency" not in mapping.fields else None
