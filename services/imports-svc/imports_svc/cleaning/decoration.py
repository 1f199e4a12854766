"""What people write beside a number: signs, currencies, tax, units, bounds. A cell is cut into what stands before, the digits and
marks, and what stands behind; the few distinct pairs of before and behind are understood one by one.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from imports_svc.vocabulary import values

_SPACES = "\u00a0\u2007\u2009\u202f\u3000"
_MARKS = r" .,'’´`_٬٫\x{a0}\x{2007}\x{2009}\x{202f}\x{3000}"
_CUT = rf"(?s)^([^0-9]*?)([.,٫]?[0-9](?:[0-9{_MARKS}]*[0-9])?)([^0-9]*)$"
_JOINED = re.compile(r"(?<=[^\s/])/(?=[^\W\d_])")
_EACH = frozenset({"each", "ea"})
_PER = re.compile(
    r"^(?P<price>.*?\d.*?)\s*(?:/|(?<!\w)(?:per|pro|je|par|les|pour|por|voor|za|за|על|ל|ανα|för|por|ogni|x|à)(?!\w))\s*"
    r"(?P<quantity>1|10|100|1[.,' ]?000|10[.,' ]?000)(?P<unit>[^\d]*)$",
    re.IGNORECASE | re.DOTALL,
)


def _ascii() -> dict[str, str]:
    digits = {chr(code): str(unicodedata.decimal(chr(code))) for code in range(0x80, 0x20000) if chr(code).isdecimal()}
    wide = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    return digits | wide | {"￥": "¥", "￡": "£", "￦": "₩", "￠": "¢", "−": "-", "۔": ".", "،": ",", "、": ","}


ASCII = _ascii()
"""Digits of every script, full-width characters and marks as the usual ones."""


class Beside(NamedTuple):
    """What stands beside a number. `currency`: the codes it may be in, "" for one without a code, None where none is named.

    `problem`: why the number is not what it seems ("percent", "gross", "unit", "words"). `bound`: "least" or "about".
    """

    negative: bool = False
    currency: str | None = None
    problem: str = ""
    bound: str = ""


def cut(texts: pl.Series) -> pl.DataFrame:
    """`text`, and what it consists of: `before`, `number` (groups without blanks), `after`; null where it is no number."""
    text = pl.col("text").str.replace_all(r"[\p{Cf}\t\r\n]", "")
    if texts.str.contains(r"[^\x00-\x7f]").any():
        text = text.str.replace_many(ASCII)
    frame = pl.DataFrame({"text": texts}).with_columns(part=text.str.strip_chars().str.extract_groups(_CUT))
    before, number, after = (pl.col("part").struct.field(name) for name in ("1", "2", "3"))
    frame = frame.select("text", before=before, number=number, after=after)
    # `Rs.1250` is no fraction.
    dot = pl.col("before").str.contains(r"\pL$") & pl.col("number").str.contains(r"^[.,]")
    number = pl.when(dot).then(pl.col("number").str.slice(1)).otherwise("number")
    number = number.str.replace_all(rf"[{_SPACES}]", " ").str.replace_all("[’´`_]", "'")
    frame = frame.with_columns(number=number)
    grouped = frame["number"].str.contains(r"^[0-9]{1,3}(?:[ '][0-9]{3})+(?:[.,][0-9]+)?$")
    if grouped.any():
        bare = pl.col("number").str.replace_all("[ ']", "")
        frame = frame.with_columns(number=pl.when(grouped).then(bare).otherwise("number"))
    return frame


def understood(parts: pl.DataFrame, *, counts: bool = False) -> pl.DataFrame:
    """`cut` texts with the fields of Beside. `counts`: they are quantities, so units of pieces and bounds belong to them."""
    pairs = parts.filter(pl.col("number").is_not_null()).select("before", "after").unique()
    rows = [(*pair, *beside(*pair, counts)) for pair in pairs.iter_rows()]
    kinds = {"negative": pl.Boolean, "currency": pl.String, "problem": pl.String, "bound": pl.String}
    read = pl.DataFrame(rows, schema={"before": pl.String, "after": pl.String, **kinds}, orient="row")
    return parts.join(read, on=["before", "after"], how="left", maintain_order="left")


@lru_cache(maxsize=20_000)
def beside(before: str, after: str, counts: bool = False) -> Beside:
    """What the text before and behind a number says of it."""
    before, after = before.strip(" ='\"\u201c\u201e\u201d"), after.strip(" '\"\u201c\u201d")
    # `12,-` and `45,000/-` are whole amounts.
    after = re.sub(r"^(?:[.,]\s*[-\u2013\u2014]{0,3}|/[-=])", "", after).strip()
    negative = before.startswith("(") and after.endswith(")") and "(" not in after
    if negative:
        before, after = before[1:].strip(), after[:-1].strip()
    if signed := re.search(r"^[-\u2013\u2014]|[-\u2013\u2014]$", before):
        negative, before = True, (before[: signed.start()] + before[signed.end() :]).strip()
    if after[:1] in ("-", "\u2013", "\u2014"):
        negative, after = True, after[1:].strip()
    if not counts:
        before = before.removeprefix("+").strip()
    found = [*_said(before, counts), *_said(after, counts)]
    named = [said for kind, said in found if kind == "currency"]
    kinds = {kind for kind, _ in found} - {"currency", "net", "each"}
    problem = next((kind for kind in ("percent", "gross", "unit", "words") if kind in kinds), "")
    bound = next((kind for kind in ("about", "least") if kind in kinds), "")
    if not named:
        return Beside(negative, None, problem, bound)
    shared = set.intersection(*(set(said.split()) for said in named))
    currency = next((said for said in named if set(said.split()) == shared), " ".join(sorted(shared)))
    if not shared and any(named):
        problem = problem or "words"
    return Beside(negative, currency, problem, bound)


def _said(text: str, counts: bool) -> list[tuple[str, str]]:
    """Kinds of what a text on one side of a number says, each with its currencies."""
    if not text or not text.strip("*"):
        return []
    codes = values.currencies_of(text)
    if codes is not None and not counts:
        return [("currency", " ".join(codes))]
    if "%" in text or "٪" in text:
        return [("percent", "")]
    # `€/Stk`
    words = _JOINED.sub(" /", values.plain(text)).split()
    said: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + 4), at, -1):
            if kind := _kind(" ".join(words[at:end]), counts):
                said.append(kind)
                at = end
                break
        else:
            return [("words", "")]
    return said


def _kind(phrase: str, counts: bool) -> tuple[str, str] | None:
    if counts:
        for kind, phrases in (("each", values.PIECES | values.THERE), ("least", values.AT_LEAST), ("about", values.ABOUT)):
            if phrase in phrases:
                return kind, ""
        return None
    if (codes := values.currencies_of(phrase)) is not None:
        return "currency", " ".join(codes)
    stripped = phrase.strip("()[] ")
    for kind, phrases in (("net", values.NET), ("gross", values.GROSS), ("each", _EACH)):
        if stripped in phrases:
            return kind, ""
    first, _, rest = phrase.replace("/", "/ ", 1).partition(" ") if phrase.startswith("/") else phrase.partition(" ")
    if first in values.PER and rest.strip():
        return ("each" if rest.strip() in values.PIECES else "unit"), ""
    return None


def per_quantity(text: str) -> tuple[str, int] | None:
    """Of a price for a quantity, such as `12,50 / 100 St`, the price and how many it is for; None for all other texts.

    A quantity of something else than pieces is 0.
    """
    found = _PER.match(text)
    if found is None:
        return None
    unit = values.plain(found["unit"])
    return found["price"], int(re.sub(r"\D", "", found["quantity"])) if not unit or unit in values.PIECES else 0
