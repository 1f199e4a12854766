"""The names of a tree: which stand where, how often, and which of them are data, because they tell records apart."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from imports_svc.vocabulary.words import field_of

Path = tuple[str, ...]
EACH = "*"
"""In a path, each name that stands there: records are told apart by it (`{"A1": {...}, "A2": {...}}`)."""
# A header of fewer fields may be anything.
ENOUGH = 2
# Names that a tree may have, but for those that tell records apart.
MOST_NAMES = 50_000
# With so many parts it is first looked at whether their names tell records apart; then only what they have in common is kept.
_FOLDED = 500
# Of a value that stands beside the records, and how many of them.
_LONGEST_SAID, _MOST_SAID = 300, 50
# Fewer parts must be nearly equal to be records of one kind.
_FEW = 5
_ALIKE = 0.7


@dataclass
class Node:
    """A name at a place in the tree: how often it stands there, and how often with text or as a plain value."""

    count: int = 0
    texts: int = 0
    children: dict[str, "Node"] = field(default_factory=dict)
    # How often it is a list.
    lists: int = 0
    # The first value.
    said: str = ""
    # What its parts have in common where their names tell records apart.
    each: "Node | None" = None

    def note(self, text: str) -> None:
        """Count a value; the first is kept."""
        self.texts += 1
        if self.texts == 1:
            self.said = text[:_LONGEST_SAID]

    def child(self, name: str) -> "Node | None":
        """The part of this name, None for one that is new."""
        return self.each if self.each is not None else self.children.get(name)

    def add(self, name: str) -> "Node":
        """A new part; once there are very many of one shape, they become one."""
        many = len(self.children)
        if many >= _FOLDED and many & (many - 1) == 0 and self.is_keyed:
            self.each, self.children = self._joined(), {}
            return self.each
        return self.children.setdefault(name, Node())

    def fold(self) -> None:
        """Find, from the innermost parts on, those whose names tell records apart."""
        for part in self.children.values():
            part.fold()
        if self.each is not None:
            self.each.fold()
            return
        folded = [part.each for part in self.children.values() if part.each is not None]
        for part in self.children.values() if folded else ():
            # One of a single record is like those beside it.
            if part.each is None and len(part.children) == 1 and not part.lists and part.count == 1:
                alone = part._joined()
                if alone.inner and any(_alike(set(alone.children), set(other.children)) for other in folded):
                    part.each = alone
        if self.is_keyed:
            self.each = self._joined()

    @property
    def is_keyed(self) -> bool:
        """Whether the names of its parts are data: they stand before records, or lists of them, of one shape."""
        parts = {name: part for name, part in self.children.items() if part.inner}
        if self.count != 1 or self.lists or len(parts) < 2 or len(self.children) > 1.5 * len(parts):
            return False
        lists = {bool(part.lists) for part in parts.values()}
        if len(lists) > 1 or any(map(field_of, parts)) or (lists == {False} and any(part.count > 1 for part in parts.values())):
            return False
        names = [set(part.inner) for part in parts.values()]
        union = set().union(*names)
        if all(_alike(some, union) for some in names):
            return self._joined().has_fields
        if lists == {True}:
            return False
        if len(parts) < _FEW:
            return (
                all(2 * len(some) >= len(union) for some in names)
                and len(set(map(field_of, set.intersection(*names))) - {None}) >= ENOUGH
            )
        often = Counter(name for some in names for name in some)
        common = {name for name, count in often.items() if 2 * count > len(parts)}
        return all(2 * len(common & some) >= len(common) > 0 for some in names) and self._joined().has_fields

    @property
    def inner(self) -> "dict[str, Node]":
        """Its parts by name, those whose names are data as one."""
        return self.children if self.each is None else {EACH: self.each}

    @property
    def has_fields(self) -> bool:
        """Whether it, or what is within it, names a field."""
        return bool(self.fields()) or (self.each is not None and self.each.has_fields)

    def join(self, other: "Node") -> None:
        """Count what stands in another part, too."""
        self.count, self.texts, self.lists = self.count + other.count, self.texts + other.texts, self.lists + other.lists
        if other.each is not None:
            self.each = self.each or Node()
            self.each.join(other.each)
            return
        for name, part in other.children.items():
            self.children.setdefault(name, Node()).join(part)

    def _joined(self) -> "Node":
        joined = Node()
        for part in self.children.values():
            if part.inner:
                joined.join(part)
        return joined

    def leaves(self) -> Iterator[str]:
        """The names of parts that hold a value, with those of parts that stand there once."""
        for name, child in self.children.items():
            if child.count <= self.count and (self.each is None or not child.inner):
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

    def around(self, path: Path) -> tuple[str, ...]:
        """The values that stand once in the tree and not within the records at a path, each behind its name."""
        return tuple(islice(self._around(path), _MOST_SAID))

    def _around(self, path: Path) -> Iterator[str]:
        for name, child in self.children.items():
            if path and name == path[0]:
                if len(path) > 1:
                    yield from child._around(path[1:])
            elif child.count == 1:
                if child.said:
                    yield f"{name.lstrip('@')}: {' '.join(child.said.split())}"
                yield from child._around(())

    def total(self) -> int:
        """This element as often as it stands there, with all within it."""
        return self.count + sum(child.total() for name, child in self.children.items() if not name.startswith("@"))


def _alike(some: set[str], others: set[str]) -> bool:
    return len(some & others) >= _ALIKE * len(some | others)
