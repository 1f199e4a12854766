"""Where the records of a tree are: the element or array that repeats and whose parts name the most fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from imports_svc.feeds.errors import EmptyFeed, UnknownTable
from imports_svc.feeds.model import Doubt
from imports_svc.vocabulary.words import field_of

Path = tuple[str, ...]
# A header of fewer fields may be anything.
_ENOUGH = 2
_MOST_DEEP = 12
# Names that a tree may have: one that grows with its records is data.
MOST_NAMES = 50_000


@dataclass
class Node:
    """A name at a place in the tree: how often it stands there, and how often with text or as a plain value."""

    count: int = 0
    texts: int = 0
    children: dict[str, "Node"] = field(default_factory=dict)

    def leaves(self) -> Iterator[str]:
        """The names of parts that hold a value, with those of parts that stand there once."""
        for name, child in self.children.items():
            if child.count <= self.count:
                if child.texts:
                    yield name.lstrip("@")
                yield from child.leaves()

    def fields(self) -> frozenset[str]:
        """The fields that the parts of one record name."""
        return frozenset(found for name in self.leaves() if (found := field_of(name)))

    def others(self, path: Path) -> int:
        """Elements beside those at a path and the ones they are within, this one counted."""
        if not path:
            return 0
        beside = sum(child.total() for name, child in self.children.items() if name != path[0] and not name.startswith("@"))
        within = self.children[path[0]]
        return 1 + beside + within.others(path[1:])

    def total(self) -> int:
        """This element as often as it stands there, with all within it."""
        return self.count + sum(child.total() for name, child in self.children.items() if not name.startswith("@"))


@dataclass(frozen=True)
class Records:
    """Where the records are, and within each the list that has a row for each entry of it (variants), if any."""

    path: Path
    within: Path
    count: int
    why: str
    doubts: tuple[Doubt, ...]
    tables: tuple[str, ...]

    @property
    def name(self) -> str:
        """As people say it."""
        return "/".join((*self.path, *self.within)) or "."


def find_records(root: Node, wanted: str) -> Records:
    """The records at the path `wanted`, or the likeliest. Raises EmptyFeed, UnknownTable."""
    found = {
        path: node for path, node in _walk(root, ()) if node.children and bool(node.texts) + sum(1 for _ in node.leaves()) > 1
    }
    tables = tuple("/".join(path) or "." for path in sorted(found, key=lambda path: -found[path].count))[:20]
    if wanted:
        path = tuple(part for part in wanted.strip("/").split("/") if part not in ("", "."))
        if path not in found:
            raise UnknownTable(f"The file has no records at {wanted!r}. There are some at: {', '.join(tables) or 'no path'}.")
        return Records(path, (), found[path].count, "chosen by the user", (), tables)
    # What stands once describes the file, unless it speaks of a product.
    found = {path: node for path, node in found.items() if path or node.count > 1 or len(node.fields()) >= _ENOUGH}
    if not found:
        raise EmptyFeed("The file holds no records: nothing in it repeats that has several values. Check the supplier's export.")
    best = max(found, key=lambda path: _rank(path, found[path]))
    outer = next((path for path in _above(best) if path in found and found[path].count > 1), best)
    within = best[len(outer) :] or _variants(found, outer)
    node = found[outer + within]
    fields = found[outer].fields() | node.fields()
    why = f"names {', '.join(sorted(fields))}" if len(fields) >= _ENOUGH else "stands there most often"
    return Records(outer, within, node.count, why, tuple(_doubts(found, outer, within)), tables)


def _walk(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    yield path, node
    if len(path) < _MOST_DEEP:
        for name, child in node.children.items():
            if not name.startswith("@"):
                yield from _walk(child, (*path, name))


def _rank(path: Path, node: Node) -> tuple[int, int, int]:
    fields = len(node.fields())
    return fields if fields >= _ENOUGH else 0, node.count, len(path)


def _above(path: Path) -> Iterator[Path]:
    return (path[:end] for end in range(1, len(path)))


def _variants(found: dict[Path, Node], outer: Path) -> Path:
    """The list within each record whose entries say what the record itself does not: code and price of each variant."""
    own = found[outer].fields()
    for path, node in found.items():
        if path[: len(outer)] == outer and node.count > found[outer].count:
            names = node.fields()
            if (
                len(names) >= _ENOUGH
                and names & {"price", "ref", "gtin"}
                and not {"price"} & own & names
                and len(names - own) >= _ENOUGH
            ):
                return path[len(outer) :]
    return ()


def _doubts(found: dict[Path, Node], outer: Path, within: Path) -> Iterator[Doubt]:
    best = found[outer + within].fields() | found[outer].fields()
    rivals = [
        path
        for path, node in found.items()
        if path[: len(outer)] != outer
        and outer[: len(path)] != path
        and node.count > 0
        and len(node.fields()) >= max(_ENOUGH, 0.7 * len(best))
    ]
    if rivals:
        names = tuple("/".join(path) for path in rivals)
        message = (
            f"Records of several kinds look like the list. Read: {'/'.join(outer + within)!r}; not read:"
            f" {', '.join(map(repr, names))}. Choose one with --sheet PATH, and import the others by themselves."
        )
        yield Doubt("records_choice", message, examples=names)
    if within:
        message = f"Each entry of {'/'.join(within)!r} within a record is a row, with what the record says of all of them."
        yield Doubt("rows_of_variants", message, examples=("/".join(within),), holds=False)
