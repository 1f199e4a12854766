"""Cells of text as they are meant: without invisible characters, entities and markup, and null where they say nothing.

Most cells need none of it. Those that may are found by one pattern, so that the others cost one look.
"""

import polars as pl

from imports_svc.cleaning import codes
from imports_svc.cleaning.nothing import says_little
from imports_svc.cleaning.problems import Problems
from imports_svc.feeds.model import Field
from imports_svc.vocabulary import values

ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_TAGS = (
    "a|abbr|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|font|h[1-6]|hr|html|i|img|ins|label|li|mark|nobr|ol|p|pre|s|"
    "section|small|span|strike|strong|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul|var|wbr"
)
_TAG = rf"(?i)</?(?:{_TAGS})(?:\s[^<>]*)?/?>"
_INVISIBLE = r"\x{ad}\x{200b}\x{2060}-\x{2064}\x{feff}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{61c}\x{180e}"
_ODD = rf"[\p{{Cc}}\p{{Zs}}\p{{Zl}}\p{{Zp}}{_INVISIBLE}--\x20]"
# Marks of letters that stand apart from them, as macOS writes names of files.
_APART = r"[\x{300}-\x{36f}\x{3099}\x{309a}\x{1160}-\x{11ff}]"
_PADDED = r"^\s|\s$"
_TEXT = rf"{_ODD}|{_APART}|{ENTITY}"
_TITLE = rf"{_TEXT}|{_TAG}"
_CODE = rf"[^\x20-\x7e]|{ENTITY}|^[='\"`\[(]|[\"']$"
TYPED = frozenset({"gtin", "price", "list_price", "currency", "stock", "pack_size", "price_unit"})
"""Read as numbers, codes or currencies, each in its way."""
_CODES = frozenset({"ref", "mpn", "our_sku", "tie_ref"})
# As pandas writes an empty cell; in capitals it may be a name.
_EMPTY = "nan"
_MANY = 0.1
_FIRST = 1_000


def tidied(cells: pl.Series, name: Field, problems: Problems, label: str | None = None, field: Field | None = None) -> pl.Series:
    """The stripped cells of a field that holds text or codes, null for those that say nothing.

    `name`: how they are read, and told; `field`: whose cells they are where another column is read likewise.
    """
    if label is not None:
        cells = cells.str.replace(values.LABEL, "")
    pattern = _CODE if name in _CODES else _TITLE if name == "title" else _TEXT
    odd = _odd(cells, rf"{pattern}|{_PADDED}")
    if odd.sum() > _MANY * cells.len():
        # Blanks around most of them.
        cells = cells.str.strip_chars()
        odd = _odd(cells, pattern)
    if not odd.any():
        return cells
    at = odd.arg_true()
    read = _read(cells.gather(at), name)
    for reason, kind in ((f"{name}_error", "error"), (f"{name}_doubtful", "doubtful")):
        found = at.filter(read["kind"] == kind)
        if found.len():
            rows = pl.Series([False]).new_from_index(0, cells.len())
            rows[found] = True
            problems.warn(reason, field or name, rows)
    return cells.clone().scatter(at, read["value"])


def _odd(cells: pl.Series, pattern: str) -> pl.Series:
    """Whether each cell needs a closer look. Where texts stand in many rows, each is looked at once."""
    if cells.len() > 4 * _FIRST and cells.head(_FIRST).n_unique() < _FIRST / 2:
        distinct = cells.unique()
        found = distinct.filter(_odd(distinct, pattern))
        return cells.is_in(found.implode()).fill_null(value=False)
    return cells.str.contains(pattern).fill_null(value=False) | says_little(cells)


def _read(odd: pl.Series, name: Field) -> pl.DataFrame:
    """Odd cells as `value`, and their `kind`: "error", "doubtful" or null."""
    value = pl.col("text")
    frame = pl.DataFrame({"text": odd.rename("text")})
    if name == "title" and odd.str.contains(_TAG).any():
        frame = frame.with_columns(_without_markup(value))
    if name != "description" and odd.str.contains(ENTITY).any():
        frame = frame.with_columns(_decoded(frame["text"]))
        if name == "title":
            frame = frame.with_columns(_without_markup(value))
    if name in _CODES:
        frame = frame.with_columns(codes.bare(frame["text"]).alias("text"))
    else:
        frame = frame.with_columns(plain_spaces(value, keep_lines=name == "description").str.strip_chars())
    apart = frame["text"].str.contains(_APART).fill_null(value=False)
    if apart.any():
        frame = frame.with_columns(pl.when(apart).then(value.str.normalize("NFC")).otherwise(value).alias("text"))
    little = says_little(frame["text"])
    meant = {text: kind for text in frame["text"].filter(little).unique() if (kind := _kind(text, name))}
    kinds = value.replace_strict(meant, default=None, return_dtype=pl.String) if meant else pl.lit(None, pl.String)
    frame = frame.with_columns(kind=kinds)
    return frame.select(value=pl.when(pl.col("kind").is_null() & (value != "")).then(value), kind="kind")


def _kind(text: str, name: Field) -> str | None:
    """What a cell without a value is: "nothing", "error", "doubtful" where it may be a name after all; None for a value."""
    if values.is_error(text):
        return "error"
    said = values.plain(text)
    if values.is_marks(text) or said in values.NOTHING:
        return "nothing"
    if name in ("title", "supplier", "tie_supplier", "description"):
        return "nothing" if text == _EMPTY else None
    known = {
        "brand": values.NO_BRAND,
        "ref": values.NO_CODE - {"new", "x", "xx", "xxx", "na"},
        "our_sku": values.NO_CODE - {"new", "x", "xx", "xxx", "na"},
        "tie_ref": values.NO_CODE - {"new", "x", "xx", "xxx", "na"},
        "mpn": values.NO_CODE - {"new", "na"},
    }
    if said not in known.get(name, values.NO_CODE if name == "image_url" else values.NO_VALUE):
        return None
    return "doubtful" if name in ("brand", "category") and said in values.DOUBTFUL else "nothing"


def plain_spaces(cells: pl.Expr, *, keep_lines: bool = False) -> pl.Expr:
    """Text with usual blanks only and without invisible characters; joiners stay, they shape words and emoji."""
    cells = cells.str.replace_all(f"[{_INVISIBLE}]+", "").str.replace_all(r"\p{Zs}", " ")
    if keep_lines:
        return cells.str.replace_all(r"[\p{Zl}\p{Zp}]", "\n").str.replace_all(r"[\p{Cc}--\n\t]+", "")
    return cells.str.replace_all(r"[\p{Cc}\p{Zl}\p{Zp}]+", " ")


def _decoded(cells: pl.Series) -> pl.Series:
    """Without HTML entities. Each distinct one is looked up once; what was encoded twice is decoded twice."""
    for _ in range(3):
        found = cells.str.extract_all(ENTITY).explode(empty_as_null=True).drop_nulls().unique()
        known = {entity: character for entity in found if (character := values.decoded(entity)) != entity}
        if not known:
            break
        cells = cells.str.replace_many(known)
    return cells


def _without_markup(text: pl.Expr) -> pl.Expr:
    """Without HTML tags. A raised number stays one: `10<sup>6</sup>` is `10^6`, and `1<sup>1</sup>/<sub>2</sub>` is `1 1/2`."""
    tags = (
        (r"(?i)<sup>\s*([0-9]{1,3})\s*</sup>\s*(?:/|⁄|&frasl;|&#8260;)\s*<sub>\s*([0-9]{1,3})\s*</sub>", " ${1}/${2}"),
        (r"(?i)(\pL)<sup>\s*2\s*</sup>", "${1}²"),
        (r"(?i)(\pL)<sup>\s*3\s*</sup>", "${1}³"),
        (r"(?i)<sup>\s*([-+−–]?[0-9]+(?:[.,][0-9]+)?)\s*</sup>", "^${1}"),
        (r"(?i)([0-9])<sub>\s*([0-9]+)\s*</sub>", "${1}_${2}"),
        (r"(?i)<(?:br|/p|/li|/div|/td|/tr|/h[1-6])\s*/?>", " "),
        (_TAG, ""),
    )
    for pattern, replacement in tags:
        text = text.str.replace_all(pattern, replacement)
    return text
