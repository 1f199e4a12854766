"""Counts what the codes of a column may be: GTIN of every length, UPC-E, ISBN-10, and those that lost their zeros."""

import polars as pl

from imports_svc.cleaning import checks, codes, gtin
from imports_svc.vocabulary import values

DECORATED = rf"^(?:[='\"’‘`(\]]|[0-9][0-9 \x{{a0}}\p{{Pd}}]{{8,20}}[0-9Xx]$|[\p{{Nd}}]{{8,14}}$)|{values.LABEL}"
"""Text that may be a code with something around it."""

_V, _N = pl.col("v"), pl.col("n")


def digits(found: pl.DataFrame) -> dict[str, int]:
    """Counts of distinct digit strings `v` of a `length`, each `n` times."""
    value, length = pl.col("value"), pl.col("length")
    known = found.filter(length.is_between(8, 14)).with_columns(value=_V.str.head(14).cast(pl.Int64))
    if not known.height:
        return {}
    known = known.with_columns(passes=(value > 0) & (checks.check_sum(value) == 0))
    eight = known.filter(length == 8).with_columns(upc=checks.upc_a(value))
    upc_e = eight.filter((value < 2 * 10**7) & ~pl.col("passes"))
    upc_e_valid = _total(upc_e.filter(checks.check_sum(pl.col("upc")) == 0))
    whole = known.filter(length.is_in([8, 12, 13, 14]))
    counts = {
        "gtin_length": _total(whole),
        "gtin_valid": _total(whole.filter("passes")) + upc_e_valid,
        "eight": _total(eight),
        "eight_valid": _total(eight.filter("passes")),
        "upc_e": _total(upc_e),
        "upc_e_valid": upc_e_valid,
    }
    for size, name in ((9, "nine"), (10, "ten"), (11, "eleven")):
        short = known.filter(length == size)
        counts |= {name: _total(short), f"{name}_valid": _total(short.filter(pl.col("passes") & ~checks.is_restricted(value)))}
    return counts


def short(found: pl.DataFrame) -> dict[str, int]:
    """Of digit strings of six to ten digits those that pass as ISBN-10."""
    valid = found.filter(checks.isbn10_is_valid(_V.str.zfill(10)))
    whole = _total(valid.filter(pl.col("length") == 10))
    return {"short_codes": _total(found), "isbn10": whole, "isbn10_padded": _total(valid) - whole}


def decorated(found: pl.DataFrame) -> dict[str, int]:
    """Counts of codes that are more than digits: decorated, damaged, ISBN with an X."""
    bare = found.select(_N, v=codes.undecorated(found["v"])).drop_nulls()
    isbn = _V.str.contains(r"^[0-9]{9}[Xx]$")
    padded = _V.str.contains(r"^[0-9]{5,8}[Xx]$")
    counts = bare.select(
        scientific=_N.filter(_V.str.contains(gtin.SCIENTIFIC)).sum(),
        isbn10=_N.filter(isbn & checks.isbn10_is_valid(_V)).sum(),
        isbn10_padded=_N.filter(padded & checks.isbn10_is_valid(_V.str.zfill(10))).sum(),
        short_codes=_N.filter(isbn | padded).sum(),
    ).row(0, named=True)
    plain = bare.filter(_V.str.contains(r"^[0-9]{8,14}$")).with_columns(length=_V.str.len_bytes())
    if plain.height:
        ten = short(plain.filter(pl.col("length") == 10))
        for more in (digits(plain), ten):
            counts = {name: counts.get(name, 0) + more.get(name, 0) for name in counts | more}
    return counts


def labels(found: pl.DataFrame) -> pl.DataFrame:
    """The label of each code that has one."""
    return found.select(_N, v=codes.label_of(found["v"])).filter(_V != "")


def _total(found: pl.DataFrame) -> int:
    return int(found["n"].sum())
