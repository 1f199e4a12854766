"""Where the records of a tree are: the element or array that repeats and whose parts name the most fields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from imports_svc.feeds.errors import EmptyFeed, UnknownTable
from imports_svc.feeds.model import Doubt
from imports_svc.feeds.tables import Wanted
from imports_svc.formats.tree.names import EACH, ENOUGH, Node, Path
from imports_svc.vocabulary.words import are_variants

_MOST_DEEP = 12


@dataclass(frozen=True)
class Records:
    """Where the records are, and within each the list that has a row for each entry of it (variants), if any.

    `said`: the path, where a person chose it, for this file or an earlier one; `missing`: none of the earlier ones is here, and
    `instead` is read.
    """

    path: Path
    within: Path
    count: int
    why: str
    doubts: tuple[Doubt, ...]
    tables: tuple[str, ...]
    # Whether they stand in a list, of a kind of tree that has lists.
    listed: bool = True
    said: str = ""
    missing: bool = False
    instead: str = ""
    # What stands around them, each value behind its name.
    around: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As people say it."""
        return _name((*self.path, *self.within))


def find_records(root: Node, wanted: Wanted) -> Records:
    """The records at the path that is wanted, or the likeliest. Raises EmptyFeed, UnknownTable."""
    found = _find(root, wanted)
    return replace(found, around=root.around(found.path))


def _find(root: Node, wanted: Wanted) -> Records:
    found = {
        path: node
        for path, node in _walk(root, ())
        if node.children and bool(node.texts) + (EACH in path) + sum(1 for _ in node.leaves()) > 1
    }
    tables = tuple(_name(path) for path in sorted(found, key=lambda path: -found[path].count))[:20]
    if wanted.table:
        path = _path(wanted.table)
        if path not in found:
            raise UnknownTable(
                f"The file has no records at {wanted.table!r}. There are some at: {', '.join(tables) or 'no path'}."
            )
        return _said(found, path, "chosen by the user", tables)
    if here := [path for path in map(_path, wanted.earlier) if path in found]:
        chosen = _said(found, here[0], "chosen for an earlier file", tables)
        more = [_name(path) for path in here[1:] if path != here[0]]
        return replace(chosen, doubts=(_several(chosen.name, more),)) if more else chosen
    likeliest = _likeliest(found, tables)
    if not wanted.earlier:
        return likeliest
    missing = missing_records(wanted.earlier[0], likeliest.name, tables)
    # No path says that variants within a record are rows.
    instead = "" if likeliest.within else likeliest.name
    return replace(likeliest, doubts=(missing, *likeliest.doubts), missing=True, instead=instead)


def missing_records(earlier: str, read: str, tables: Sequence[str]) -> Doubt:
    """The path that was chosen for an earlier file of the supplier is not here, so that something else was read."""
    message = (
        f"Chosen for an earlier file of this supplier and not in this one: records at {earlier!r}. There are some at:"
        f" {', '.join(tables) or 'no path'}. Read: {read!r}. Accept this, or choose with --sheet PATH."
    )
    return Doubt("records_missing", message, read, examples=tuple(tables))


def _several(read: str, more: Sequence[str]) -> Doubt:
    message = (
        f"Several records of this file were chosen for earlier files. Read: {read!r}; not read: {', '.join(map(repr, more))}."
        " Accept this, or choose with --sheet PATH."
    )
    return Doubt("records_choice", message, read, examples=tuple(more))


def _path(said: str) -> Path:
    return tuple(part for part in said.strip("/").split("/") if part not in ("", "."))


def _name(path: Path) -> str:
    return "/".join(path) or "."


def _said(found: dict[Path, Node], path: Path, why: str, tables: tuple[str, ...]) -> Records:
    return Records(path, (), found[path].count, why, (), tables, bool(found[path].lists), _name(path))


def _likeliest(found: dict[Path, Node], tables: tuple[str, ...]) -> Records:
    # What stands once describes the file, unless it speaks of a product.
    found = {path: node for path, node in found.items() if path or node.count > 1 or len(node.fields()) >= ENOUGH}
    if not found:
        raise EmptyFeed("The file holds no records: nothing in it repeats that has several values. Check the supplier's export.")
    best = max(found, key=lambda path: _rank(path, found[path]))
    outer = next((path for path in _above(best) if path in found and found[path].count > 1), best)
    within = best[len(outer) :] or _variants(found, outer)
    node = found[outer + within]
    fields = found[outer].fields() | node.fields()
    why = f"names {', '.join(sorted(fields))}" if len(fields) >= ENOUGH else "stands there most often"
    return Records(outer, within, node.count, why, tuple(_doubts(found, outer, within)), tables, bool(found[outer].lists))


def _walk(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    yield path, node
    if len(path) >= _MOST_DEEP:
        return
    if node.each is not None:
        yield from _walk(node.each, (*path, EACH))
        if node.each.each is None and not node.each.lists:
            # Its parts are the records.
            return
    for name, child in node.children.items():
        if not name.startswith("@"):
            yield from _walk(child, (*path, name))


def _rank(path: Path, node: Node) -> tuple[int, int, int]:
    fields = len(node.fields())
    return fields if fields >= ENOUGH else 0, node.count, len(path)


def _above(path: Path) -> Iterator[Path]:
    return (path[:end] for end in range(1, len(path)))


def _variants(found: dict[Path, Node], outer: Path) -> Path:
    """The list within each record whose entries say what the record itself does not: code and price of each variant."""
    own = found[outer].fields()
    for path, node in found.items():
        if path == outer or path[: len(outer)] != outer:
            continue
        names, called = node.fields(), next((name for name in reversed(path) if name != EACH), "")
        if are_variants(called) and node.count > 1 and names & {"ref", "gtin"} and names & {"price", "stock"}:
            # Some records may have none, and a variant may have the price of its record.
            return path[len(outer) :]
        several = node.count > found[outer].count and len(names) >= ENOUGH and len(names - own) >= ENOUGH
        if several and names & {"price", "ref", "gtin"} and "price" not in own & names:
            return path[len(outer) :]
    return ()


def _doubts(found: dict[Path, Node], outer: Path, within: Path) -> Iterator[Doubt]:
    best = found[outer + within].fields() | found[outer].fields()
    rivals = [
        path
        for path, node in found.items()
        if not _is_within(path, outer)
        and outer[: len(path)] != path
        and node.count > 0
        and len(node.fields()) >= max(ENOUGH, 0.7 * len(best))
    ]
    if rivals:
        names = tuple("/".join(path) for path in rivals)
        message = (
            f"Records of several kinds look like the list. Read: {'/'.join(outer + within)!r}; not read:"
            f" {', '.join(map(repr, names))}. Choose one with --sheet PATH, and import the others by themselves."
        )
        yield Doubt("records_choice", message, "/".join(outer + within), examples=names)
    if EACH in outer:
        yield _by_name(found, outer)
    if within:
        message = f"Each entry of {'/'.join(within)!r} within a record is a row, with what the record says of all of them."
        yield Doubt("rows_of_variants", message, examples=("/".join(within),), holds=False)


def _is_within(path: Path, outer: Path) -> bool:
    """Whether a path begins with another one, in which each name may stand."""
    return len(path) >= len(outer) and all(name in (EACH, own) for name, own in zip(outer, path, strict=False))


def _by_name(found: dict[Path, Node], outer: Path) -> Doubt:
    """The name of each record is its key; lists under several names may be one list, or several of different meaning."""
    if outer.count(EACH) == 1 and not found[outer].lists:
        message = "Records are told apart by the name that stands before each: it is the column 'key'."
        return Doubt("records_by_name", message, holds=False)
    message = (
        f"Lists under several names are read as one ({'/'.join(outer)!r}); the name is the column 'group'. Accept this, or choose"
        " one of them with --sheet PATH and import the others by themselves."
    )
    return Doubt("records_together", message)
