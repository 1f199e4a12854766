"""What headers beside prices and stocks say of a row: from when to when its price holds, whether it is an offer still."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from imports_svc.vocabulary import values, words

_DATA = tomllib.loads((Path(__file__).parent / "beside.toml").read_text(encoding="utf-8"))
# From Thai on scripts leave no blanks between words.
_UNSPACED = "\u0e00"

Side = Literal["begins", "ends", "period"]
State = Literal["gone", "live", "there", "states"]
Said = Literal["yes", "no", "ended"]


def _plain(text: str) -> str:
    return words.normalise(text) or text.strip().casefold()


@cache
def _phrases(section: str, key: str = "words") -> frozenset[str]:
    return frozenset(_plain(phrase) for phrase in _DATA[section][key].split(",") if phrase.strip())


def _has(text: str, phrases: frozenset[str]) -> bool:
    """Whether a normalised text has one of the phrases in it: as words, or anywhere in a script that leaves no blanks."""
    said = text.split()
    longest = len(said)
    found = {" ".join(said[start:end]) for start in range(longest) for end in range(start + 1, longest + 1)}
    return not found.isdisjoint(phrases) or (
        text > _UNSPACED and any(p > _UNSPACED and len(p) > 1 and p in text for p in phrases)
    )


@cache
def side_of(header: str) -> Side | None:
    """Whether a header is that of the first day of a price, of the last, or of both; days below it are to be looked at."""
    text = _plain(header)
    sides: tuple[tuple[str, Side], ...] = (("begins", "begins"), ("ends", "ends"), ("periods", "period"))
    return next((side for section, side in sides if _has(text, _phrases(section))), None)


@cache
def offer_side_of(header: str) -> Side | None:
    """The same of a reduced price: `special_from_date`, `Aktion bis`."""
    text = _plain(header)
    if not _has(text, _phrases("offers")):
        return None
    begins, ends = (_has(text, _phrases("offers", key)) for key in ("begins", "ends"))
    if begins == ends:
        return "period"
    return "begins" if begins else "ends"


@cache
def state_of(header: str) -> State | None:
    """Whether a column says of rows that they are no offers: those marked (`gone`), those not marked, or by a word."""
    # `Active (0/1)`
    text = " ".join(word for word in _plain(header).split() if not word.isdecimal())
    if _has(text, _phrases("gone")):
        return "gone"
    if text in _phrases("states"):
        return "states"
    return "live" if text in _phrases("live") else "there" if text in _phrases("there") else None


@cache
def said(cell: str, state: State) -> Said | None:
    """What a cell of such a column says: yes, no, or that the row has ended; None for anything else."""
    text = _plain(cell)
    ended = _phrases("ended") | _phrases("gone")
    if state == "states":
        return "ended" if text in ended else None
    if cell.strip().casefold() == "-1" or text in _phrases("yes"):
        return "yes"
    if text in _phrases("no") or (state == "gone" and (text in _phrases("live") or values.plain(cell) in values.NO_VALUE)):
        return "no"
    return "ended" if text in ended - _phrases("ended", "letters") else None


@cache
def is_moved(header: str) -> bool:
    """Whether numbers below a header are what was asked for, sent, sold or changed."""
    return _has(_plain(header), _phrases("moved"))


@cache
def is_available(header: str) -> bool:
    """Whether a header is that of a stock which nobody else was promised: `Available`, `Free stock`."""
    text = _plain(header)
    return text in _phrases("available") or (_has(text, _phrases("available")) and "stock" in words.fields_within(header))


@cache
def is_rate(header: str) -> bool:
    """Whether a header is that of rates of exchange."""
    return _plain(header) in _phrases("rates")


@cache
def is_amount(header: str) -> bool:
    """Whether a header is that of some price, or a weight (`Net`); in scripts without blanks by a word within it (`批发价格`)."""
    text = _plain(header)
    return (_has(text, _phrases("amounts")) and text > _UNSPACED) or text in _phrases("amounts", "alone")


@cache
def speaks_of_price(header: str) -> bool:
    """Whether a word begins or ends like one for a price: `Händlerpreis` is one, `Preisgruppe` may be a number of a group."""
    text = _plain(header)
    stems, ends = tuple(_phrases("amounts", "stems")), tuple(_phrases("amounts", "ends"))
    return any(word.startswith(stems) or word.endswith(stems + ends) for word in text.split())


@cache
def is_no_amount(header: str) -> bool:
    """Whether numbers below a header are surely no prices: a tax, a weight, a measure, a rating, a freight."""
    text = _plain(header)
    bare = " ".join(word for word in text.split() if word not in _phrases("no_amounts", "beside"))
    return not {text, bare}.isdisjoint(_phrases("no_amounts"))


@cache
def is_base(header: str) -> bool:
    """Whether a header says `base` beside a price, and not of what: the quantity it is for, or the price before others."""
    said = set(_plain(header).split())
    return not said.isdisjoint(_phrases("base")) and said.isdisjoint(_phrases("base", "of_quantities"))
