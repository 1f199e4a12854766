"""Finds out how a text writes its rows: what ends a line, what stands between fields, how quotes are meant."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from imports_svc.feeds.model import UNIT
from imports_svc.vocabulary.words import field_of

LineEnd = Literal["\n", "\r\n", "\r"]
SINGLE_COLUMN = UNIT
_GAP = re.compile(r"[ \xa0]{2,}")

_DELIMITERS = "\t;|,^~\x1f\x01:#*"
# Written by programs that fear a single character might stand in a value.
_LONG = ("||", "~|~", "|~|", "|;|", "^|^", "<|>", "@|@", "~~", "^^", "##", "§§", "§", "¦", "¬", "::", ";;", "@@")
_WEAK = ":#*"
_LINES = 1_000
_SHORT_ROW = 0.6
# A header names more columns than chance does.
_FEW_NAMES = 2
_FIRST_LINES = 10
_SEPARATOR_LINE = re.compile(r"^\ufeff?\"?sep=(.{1,3}?)\"?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How rows are written, as `feeds.model.Shape` says it. `said`: the file's own first line says the delimiter."""

    line_end: LineEnd
    delimiter: str
    quote: str | None
    escape: bool = False
    blanks: bool = False
    said: bool = False


def find_dialect(text: str, *, complete: bool) -> Dialect:
    """The dialect of the beginning of a file; `complete`: its last line is whole. The whole file says whether `"` quotes."""
    quote = _quote_character(text)
    blanks, escape = _has_blanks(text, quote), _has_escapes(text, quote)
    line_end = _line_end(_without_quoted(text, quote, escape=escape), text)
    lines = lines_of(text, line_end, complete=complete)
    if lines and (said := _SEPARATOR_LINE.match(lines[0])) and any(said[1] in line for line in lines[1:]):
        return Dialect(line_end, said[1], quote, escape, blanks, said=True)
    return Dialect(line_end, _best_delimiter(lines, quote, escape=escape), quote, escape, blanks)


def looks_aligned(lines: list[str]) -> bool:
    """Whether lines without a delimiter hold columns that blanks keep apart, as reports and fixed widths do."""
    counts = [len(_GAP.split(line.strip())) for line in lines if line.strip()]
    return len(counts) > 1 and counts[0] > 1 and sum(count >= max(2, counts[0] - 1) for count in counts) >= 0.8 * len(counts)


def lines_of(text: str, line_end: LineEnd, *, complete: bool) -> list[str]:
    """The first lines; one cut short by the end of the sample is left out."""
    lines = _feeds(text, line_end).split("\n")
    if len(lines) > 1 and (not complete or not lines[-1]):
        lines.pop()
    return lines[:_LINES]


def _feeds(text: str, line_end: LineEnd) -> str:
    """The text as `formats.delimited.text` gives it."""
    if line_end == "\r\n":
        text = re.sub(r"(?<!\r)\n", "\x0b", text)
    text = re.sub(r"\r+\n", "\n", text) if line_end != "\r" else text.replace("\r\n", "\n")
    return text.replace("\r", "\n") if line_end == "\r" else text


def _quote_character(text: str) -> str:
    """`'` where nearly every line begins and ends with it and fields do, too; else `"`."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text) if line.strip()][:_LINES]
    framed = sum(len(line) > 1 and line[0] == line[-1] == "'" for line in lines)
    between = len(re.findall(r"'[ \t]*[;,|\t][ \t]*'", text))
    return "'" if lines and framed >= 0.8 * len(lines) and between >= framed else '"'


def _has_blanks(text: str, quote: str) -> bool:
    """Whether blanks stand between delimiters and opening quotes by habit."""
    behind = len(re.findall(rf"[;,|\t^~][ \t]+{quote}(?!{quote})", text))
    beside = len(re.findall(rf"[;,|\t^~]{quote}", text))
    return quote == '"' and behind > 1 and behind > beside


def _has_escapes(text: str, quote: str) -> bool:
    """Whether a backslash before a quote makes it a part of the value: such quotes would close nothing."""
    inside = len(re.findall(r'(?<![\\;,|\t])\\"(?![ \t]*(?:[;,|\t\r\n]|$))', text))
    at_end = len(re.findall(r'(?<!\\)\\"(?=[ \t]*(?:[;,|\t\r\n]|$))', text))
    return quote == '"' and inside > 0 and inside >= at_end and bool(re.search(r'(?:^|[;,|\t\n])[ \t]*"', text))


def _line_end(bare: str, text: str) -> LineEnd:
    """What ends rows; breaks of another kind inside of unquoted cells are text. `bare`: the text without quoted fields."""
    pairs = bare.count("\r\n")
    feeds, returns = bare.count("\n") - pairs, bare.count("\r") - pairs
    if returns and not pairs and not feeds:
        return "\r"
    if pairs and feeds:
        return "\n" if _regular(bare, "\n") >= _regular(bare, "\r\n") - 0.02 else "\r\n"
    if returns and returns >= 0.1 * (pairs + feeds) and _regular(bare, "\r") > _regular(bare, "\n") + 0.02:
        return "\r"
    if not pairs and "\r\n" in text and not feeds:
        return "\r\n" if text.count("\r\n") * 2 >= text.count("\n") else "\n"
    return "\r\n" if pairs else "\n"


def _regular(bare: str, line_end: LineEnd) -> float:
    """How regular rows are when this ends them."""
    lines = [line for line in lines_of(bare, line_end, complete=True) if line.strip()]
    return max((_stability(lines, candidate) for candidate in _DELIMITERS), default=0.0) if lines else 0.0


def _without_quoted(text: str, quote: str, *, escape: bool, instead: str = "") -> str:
    """The text without its quoted fields, or with `instead` for each."""
    edges = r"\r\n\t;|,^~\x1f\x01:#*\ufeff"
    escaped = r"|\\." if escape else ""
    pattern = rf"(?<![^{edges}])[ ]*{quote}(?:[^{quote}\\]|{quote}{quote}{escaped}|\\)*+{quote}[ ]*(?![^{edges}])"
    return re.sub(pattern, instead, text)


def _best_delimiter(lines: list[str], quote: str, *, escape: bool) -> str:
    """The delimiter found equally often on nearly every line; text inside quotes does not count."""
    # Something has to be left of a field: `;"a";` is no `;;`.
    text = _without_quoted("\n".join(lines), quote, escape=escape, instead="x")
    bare = [line for line in text.split("\n") if line.strip(" ")]
    best, best_score = SINGLE_COLUMN, 0.0
    for candidate in _DELIMITERS if bare else "":
        score = _stability(bare, candidate)
        if score > best_score:
            best, best_score = candidate, score
    for candidate in _LONG if bare else ():
        if _is_long(bare, candidate, best) and _stability(bare, candidate) >= 0.9:
            return candidate
    return best if _names(bare, best) >= _FEW_NAMES else _naming(bare) or best


def _naming(lines: list[str]) -> str | None:
    """The delimiter that parts a line into names of columns, where fields of later lines hold it, too."""
    named = {candidate: _names(lines, candidate) for candidate in _DELIMITERS}
    likely = max(named, key=lambda candidate: named[candidate])
    return likely if named[likely] > _FEW_NAMES else None


def _names(lines: list[str], delimiter: str) -> int:
    """How many columns the line names that names most of the first ones."""
    found = (
        {field for cell in line.split(delimiter) if (field := field_of(cell.strip(" \"'")))} for line in lines[:_FIRST_LINES]
    )
    return max(map(len, found), default=0)


def _is_long(lines: list[str], candidate: str, single: str) -> bool:
    """Whether fields are divided by all of `candidate`, and not by a part of it with empty fields between."""
    if not any(candidate in line for line in lines[:2]) or (len(candidate) == 1 and single != SINGLE_COLUMN):
        return False
    if single not in candidate and sum(line.count(single) for line in lines) > sum(line.count(candidate) for line in lines):
        # It stands inside of fields, such as between the levels of a category.
        return False
    if len(set(candidate)) > 1 or len(candidate) == 1:
        return True
    alone = sum(line.replace(candidate, "").count(candidate[0]) for line in lines)
    if alone >= sum(line.count(candidate) for line in lines):
        # Two of them are an empty field.
        return False
    return any(
        candidate in line and "" not in [cell.strip() for cell in line.split(candidate)[:-1]] and len(line.split(candidate)) > 1
        for line in lines[:2]
    ) and all(candidate in line for line in lines if line.count(candidate[0]) > 1)


def _stability(lines: list[str], candidate: str) -> float:
    counts = [line.count(candidate) for line in lines]
    usual, times = Counter(counts).most_common(1)[0]
    if usual == 0:
        positive = [count for count in counts if count]
        if len(positive) < 0.5 * len(counts):
            return 0.0
        usual, times = Counter(positive).most_common(1)[0]
    share = times / len(counts)
    if counts[0] == max(counts) and (counts[0] == usual or counts.count(counts[0]) > 1):
        # Rows that lack their last, empty cells agree with the header, too.
        usual = counts[0]
        share = (counts.count(usual) + _SHORT_ROW * sum(0 < count < usual for count in counts)) / len(counts)
    if share < (0.6 if candidate not in _WEAK else 1.0) or (candidate in _WEAK and len(lines) < 3):
        return 0.0
    decimal = candidate in ",:" and _between_digits(lines, candidate) > 0.9
    return share + 0.02 * min(usual, 10) - (0.5 if decimal else 0.0)


def _between_digits(lines: list[str], candidate: str) -> float:
    text = "\n".join(lines)
    total = text.count(candidate)
    return len(re.findall(rf"(?<=\d){re.escape(candidate)}(?=\d)", text)) / total if total else 0.0
