"""The door to this package: look at a file, then read it. Both take a plain file (see `container.unpack`)."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from imports_svc.feeds.blocks import blocks
from imports_svc.feeds.clean import Cleaner
from imports_svc.feeds.model import LIMITS, RULES, Block, Cleaned, Inspection, Limits, Mapping, Profile, Rules, Shape
from imports_svc.feeds.profile import profile
from imports_svc.feeds.sniff import sniff
from imports_svc.feeds.suggest import suggest

_SAMPLE_ROWS = 20


def inspect(path: Path, shape: Shape | None = None, limits: Limits = LIMITS) -> Inspection:
    """Sniffs (unless the user confirmed a shape), profiles every row and suggests a mapping. Raises FeedError."""
    shape = shape or sniff(path, limits)
    reading = blocks(path, shape, limits=limits)
    sample: list[tuple[str, ...]] = []
    read: list[Block] = []
    for block in reading:
        read.append(block)
        sample += block.rows.drop("row_no").head(_SAMPLE_ROWS - len(sample)).rows()
        if len(sample) >= _SAMPLE_ROWS:
            break
    seen = profile(chain(read, reading), shape)
    return Inspection(shape, seen, suggest(shape, seen), tuple(sample), seen.rows + seen.rejected)


def read(
    path: Path,
    shape: Shape,
    mapping: Mapping,
    profile: Profile,
    *,
    default_currency: str | None = None,
    rules: Rules = RULES,
    limits: Limits = LIMITS,
) -> Iterator[Cleaned]:
    """The file as cleaned blocks, in order: every row is accepted or rejected exactly once. Raises FeedError.

    `profile` must come from this very file: number styles and code damage are decided over all of its values.
    """
    cleaner = Cleaner(shape, mapping, profile, default_currency, rules)
    for block in blocks(path, shape, limits=limits):
        yield cleaner.clean(block)
