"""The door to this package: look at a file, then read it. Both take a plain file (see `container.unpack`)."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import polars as pl

from imports_svc.feeds.blocks import blocks
from imports_svc.feeds.clean import Cleaner
from imports_svc.feeds.model import LIMITS, RULES, Cleaned, Inspection, Limits, Mapping, Profile, Rules, Shape
from imports_svc.feeds.profile import profile
from imports_svc.feeds.sniff import sniff
from imports_svc.feeds.suggest import suggest

_SAMPLE_ROWS = 20
_PROFILED_BYTES = 4 << 20


def inspect(path: Path, shape: Shape | None = None, limits: Limits = LIMITS, *, whole: bool = False) -> Inspection:
    """Sniffs (unless the user confirmed a shape), profiles the first megabytes, or every row, and suggests a mapping.

    Raises FeedError.
    """
    shape = shape or sniff(path, limits)
    reading = blocks(path, shape, limits=limits)
    beginning = []
    for block in reading:
        beginning.append(block)
        if block.bytes_read >= _PROFILED_BYTES:
            break
    sample = pl.concat(block.rows.head(_SAMPLE_ROWS) for block in beginning).head(_SAMPLE_ROWS) if beginning else pl.DataFrame()
    size = path.stat().st_size
    whole = whole or not beginning or beginning[-1].bytes_read >= size
    share = 1.0 if whole else size / beginning[-1].bytes_read
    seen = profile(chain(beginning, reading) if whole else beginning, shape, whole=whole)
    rows = round((seen.rows + seen.rejected) * share)
    return Inspection(shape, seen, suggest(shape, seen), tuple(sample.drop("row_no", strict=False).rows()), rows, not whole)


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

    `profile` must come from this very file: number styles and code damage are decided over all of its values. Raises
    SampleMisleads where the profile is of the beginning only and a later value may decide otherwise.
    """
    cleaner = Cleaner(shape, mapping, profile, default_currency, rules)
    for block in blocks(path, shape, limits=limits):
        yield cleaner.clean(block)
    cleaner.close()
