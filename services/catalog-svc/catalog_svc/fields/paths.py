"""A category's path as text: the names from the root down, joined by ` > `."""

import re

from catalog_svc.fields.errors import CategoryNameInvalid, CategoryTooDeep
from chassis.rules import rules
from pm.catalog.v1.taxonomy_pb2 import Category

SEPARATOR = " > "
_RULES = rules(Category.DESCRIPTOR)
MAX_DEPTH = _RULES["depth"].lte or 1
MAX_PATH = _RULES["path"].max_len or 1

_STANDS_ALONE = re.compile(r"(?:^|\s)>(?=\s|$)")


def canonical(path: str) -> str:
    """A path as people type it with its levels trimmed and empty ones dropped. Raises CategoryTooDeep."""
    levels = [level.strip() for level in _STANDS_ALONE.split(path)]
    levels = [level for level in levels if level]
    if len(levels) > MAX_DEPTH:
        raise CategoryTooDeep(MAX_DEPTH)
    return SEPARATOR.join(levels)


def checked_name(name: str) -> str:
    """The trimmed name of one category. Raises CategoryNameInvalid for one that is empty or would read as two levels."""
    trimmed = name.strip()
    if not trimmed:
        raise CategoryNameInvalid("must not be blank")
    if _STANDS_ALONE.search(trimmed):
        raise CategoryNameInvalid("holds a > between spaces, which separates the levels of a path")
    return trimmed
