"""Words that make another thing of what stands beside them in a header: a freight cost is not what an article costs."""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from imports_svc.feeds.fields import Field
from imports_svc.vocabulary import values

_DATA = tomllib.loads((Path(__file__).parent / "another.toml").read_text(encoding="utf-8"))
_KINDS: dict[Field, str] = {
    "price": "amounts",
    "list_price": "amounts",
    "gtin": "codes",
    "ref": "codes",
    "mpn": "codes",
    "our_sku": "codes",
    "stock": "stocks",
}
_LONGEST = 3


@cache
def phrases_of(section: str, key: str = "words") -> frozenset[str]:
    return values.phrases(_DATA[section][key])


def turns(field: Field, words: Sequence[str], start: int = 0, end: int = 0) -> bool:
    """Whether among a header's normalised words, but those from `start` to `end` that name the field, one makes another of it."""
    return any(at >= end or to <= start for at, to in _spans(field, words))


def without(field: Field, words: Sequence[str]) -> str:
    """The words but those that make another thing of the field."""
    left_out = {at for start, end in _spans(field, words) for at in range(start, end)}
    return " ".join(word for at, word in enumerate(words) if at not in left_out)


def _spans(field: Field, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where phrases stand that make another thing of the field."""
    kind = _KINDS.get(field)
    if kind is None:
        return
    phrases = phrases_of(kind) | (phrases_of("codes", "older") if field == "gtin" else frozenset())
    before, after = phrases_of("beside", "before"), phrases_of("beside", "after")
    for at in range(len(words)):
        for to in range(at + 1, min(at + _LONGEST, len(words)) + 1):
            if " ".join(words[at:to]) not in phrases:
                continue
            # `Price excl. delivery` is one of the article.
            said = (at > 0 and words[at - 1] in before) or (to < len(words) and words[to] in after)
            if kind != "amounts" or not said:
                yield at, to
