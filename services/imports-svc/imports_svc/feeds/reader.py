"""The door to this package: look at a file, then read it. Both take a text (see `opening.open_feed`)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from imports_svc.cleaning.clean import Cleaner
from imports_svc.cleaning.families import Families
from imports_svc.cleaning.folding import Folding
from imports_svc.cleaning.runs import whole_runs
from imports_svc.feeds.model import LIMITS, RULES, Block, Cleaned, Inspection, Limits, Mapping, Profile, Rules, Shape
from imports_svc.formats.converted import Origin
from imports_svc.formats.delimited.blocks import blocks
from imports_svc.formats.delimited.strays import STRAY
from imports_svc.mapping.suggest import suggest
from imports_svc.recognition.converted import shape_of
from imports_svc.recognition.profile import profile
from imports_svc.recognition.rivals import Rivals
from imports_svc.recognition.sniff import sniff

_SAMPLE_ROWS = 20
_PROFILED_BYTES = 4 << 20


def inspect(
    path: Path, shape: Shape | None = None, limits: Limits = LIMITS, *, whole: bool = False, day: date | None = None
) -> Inspection:
    """Sniffs (unless the user confirmed a shape), profiles the first megabytes, or every row, and suggests a mapping.

    `day`: by which periods of prices are over, today (UTC) if it is not said. Raises FeedError.
    """
    shape = shape or _shape(path, limits)
    samples: list[pl.DataFrame] = []
    position = 0
    rivals = Rivals(shape)
    read_blocks = iter(blocks(path, shape, size=_PROFILED_BYTES, limits=limits))

    def beginning() -> Iterator[Block]:
        nonlocal position
        for block in read_blocks:
            if block.rows.height and sum(sample.height for sample in samples) < _SAMPLE_ROWS:
                samples.append(block.rows.head(_SAMPLE_ROWS))
            position = block.bytes_read
            rivals.look(block.rows)
            yield block
            if position >= _PROFILED_BYTES and not whole and samples:
                return

    seen = profile(beginning(), shape, day)
    if rivals.wanted:
        # A letter may stand behind the beginning only.
        for block in read_blocks:
            rivals.look(block.rows)
    size = path.stat().st_size
    estimated = not whole and 0 < position < size
    rows = round((seen.rows + seen.rejected) * (size / position if estimated else 1))
    sample = _plain(pl.concat(samples).head(_SAMPLE_ROWS)).rows() if samples else []
    whole_profile = replace(seen, whole=not estimated)
    return Inspection(shape, whole_profile, suggest(shape, seen), tuple(sample), rows, estimated, rivals.found)


def _shape(path: Path, limits: Limits) -> Shape:
    """The shape of a text, whatever it was made from."""
    origin = Origin.of(path)
    if origin.format:
        return shape_of(path, origin, limits)
    shape = sniff(path, limits, origin.encoding)
    return replace(shape, letters=origin.letters, doubts=(*origin.doubts, *shape.doubts))


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("row_no").with_columns(pl.all().str.replace_all(STRAY, "", literal=True))


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
    families = None
    if mapping.family is not None:
        # Parents stand before or behind their children.
        families = Families(shape, mapping, mapping.family, blocks(path, shape, limits=limits))
    cleaner = Cleaner(shape, mapping, profile, default_currency, rules, families=families)
    found = blocks(path, shape, limits=limits)
    if mapping.repeated_rows == "first" and mapping.column("ref") is not None and mapping.group is None:
        found = Folding(shape, mapping).folded(found)
    if cleaner.groups is not None and cleaner.groups.gathers:
        found = whole_runs(found, cleaner.groups.begins)
    for block in found:
        yield cleaner.clean(block)
    cleaner.close()
