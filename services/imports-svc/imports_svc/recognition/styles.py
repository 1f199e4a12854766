"""Which mark is the decimal one in each column: by the column itself, its currency, its header and the other columns."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from imports_svc.cleaning import marks
from imports_svc.feeds.model import Mark, NumberStyle
from imports_svc.vocabulary.words import currency_within

# Currencies whose prices have no fraction, and those whose fraction has three digits.
_WHOLE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "HUF",
        "IDR",
        "IRR",
        "IQD",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "LAK",
        "LBP",
        "MGA",
        "MMK",
        "PYG",
        "RWF",
        "SLL",
        "UGX",
        "UZS",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE = frozenset("BHD JOD KWD LYD OMR TND".split())  # noqa: SIM905
_ROUND = 0.8


class Votes(NamedTuple):
    """What the values of one column say. `whole`: integers of less than four digits, `thousands`: longer ones, without marks."""

    marks: Counter[Mark]
    either: Counter[Mark]
    either_round: int
    whole: int
    thousands: int
    currency: str | None
    header: str


def styles(columns: Sequence[Votes]) -> Iterator[NumberStyle]:
    """The style of each column; one that leaves it open follows the rest of the file."""
    firsts = (Counter({max(v.marks, key=v.marks.__getitem__): 1}) for v in columns if v.marks)
    everywhere = reduce(lambda a, b: a + b, firsts, Counter[Mark]())
    default: Mark = max(everywhere, key=everywhere.__getitem__) if everywhere else "."
    for votes in columns:
        by_currency = _by_currency(votes)
        if by_currency is not None and not votes.marks:
            yield NumberStyle(by_currency)
        else:
            # Columns that contradict each other say nothing of a third.
            decided = len(everywhere) == 1
            yield marks.style_of(votes.marks, votes.either, default, decided=decided, guess=_looks(votes, default))


def _by_currency(votes: Votes) -> Mark | None:
    """What a currency without a fraction, or with three digits, says of a column whose numbers have one kind of mark."""
    code = votes.currency or currency_within(votes.header)
    if len(votes.either) != 1 or code not in _WHOLE | _THREE:
        return None
    mark: Mark = next(iter(votes.either))
    return mark if code in _THREE else marks.OTHER[mark]


def _looks(votes: Votes, default: Mark) -> Mark:
    """The likelier reading: short integers between the marked numbers, or nothing but round ones, are those of groups."""
    if not votes.either:
        return default
    mark: Mark = max(votes.either, key=votes.either.__getitem__)
    if votes.thousands:
        return mark
    grouped = votes.whole > 0 or votes.either_round >= _ROUND * votes.either.total()
    return marks.OTHER[mark] if grouped else default
