"""Decides by which reference and which GTIN a row is known, and says so where that took more than reading it."""

import polars as pl

from imports_svc.cleaning import gtin
from imports_svc.cleaning.gtin import Status
from imports_svc.cleaning.problems import Problems

_BESIDE_REF = {
    Status.REPAIRED: "gtin_repaired",
    Status.AMBIGUOUS: "gtin_ambiguous",
    Status.RESTRICTED: "gtin_restricted",
    Status.CHECK_DIGIT: "gtin_check_digit",
    Status.ZERO: "gtin_invalid",
    Status.DAMAGED: "gtin_damaged",
    Status.INTERNAL: "gtin_invalid",
}
_USABLE_ALONE = (Status.AMBIGUOUS, Status.RESTRICTED, Status.INTERNAL)


def decide(
    refs: pl.Series | None, codes: pl.DataFrame | None, height: int, problems: Problems, max_ref: int = 128
) -> tuple[pl.Series, pl.Series]:
    """The `ref` and `gtin14` columns; rows left without a reference are rejected.

    `refs`: stripped cells of a separate reference column, None when the GTIN column is the only identity.
    `codes`: what `gtin.read_codes` read, None when no GTIN is mapped. `max_ref`: characters a code may have as reference.
    """
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    if codes is None:
        return _separate(nothing if refs is None else refs, nothing, problems), nothing
    gtin14 = codes["gtin14"]
    if refs is None:
        return _only_code(codes, problems, max_ref), gtin14
    ref = _separate(refs, gtin14, problems)
    for status, reason in _BESIDE_REF.items():
        problems.warn(reason, "gtin", codes["status"] == status)
    return ref, gtin14


def _separate(refs: pl.Series, gtin14: pl.Series, problems: Problems) -> pl.Series:
    """References as typed; a missing or damaged one gives way to the GTIN, in the same form for every writing of it."""
    damaged = refs.str.contains(gtin.DAMAGED).fill_null(value=False)
    missing = refs.is_null()
    unusable = damaged | missing
    if not unusable.any():
        return refs
    lost = unusable & gtin14.is_null()
    problems.reject("ref_damaged", "ref", damaged & lost)
    problems.reject("ref_missing", "ref", missing & lost)
    problems.warn("ref_damaged", "ref", damaged & ~lost)
    problems.warn("ref_missing", "ref", missing & ~lost)
    return gtin14.zip_with(unusable, refs)


def _only_code(codes: pl.DataFrame, problems: Problems, max_ref: int) -> pl.Series:
    """The GTIN as reference where it is sound, so 12 and 13 digits are one offer; else the code, if it is the supplier's own."""
    status = codes["status"]
    long = (codes["code"].str.len_chars() > max_ref).fill_null(value=False)
    usable = status.is_in(_USABLE_ALONE) & ~long
    problems.reject("ref_too_long", "gtin", long)
    ref = codes["code"].zip_with(usable, codes["gtin14"])
    problems.warn("gtin_repaired", "gtin", status == Status.REPAIRED)
    problems.warn("gtin_ambiguous", "gtin", status == Status.AMBIGUOUS)
    problems.warn("gtin_restricted", "gtin", status == Status.RESTRICTED)
    problems.warn("internal_code", "gtin", status == Status.INTERNAL)
    problems.reject("gtin_check_digit", "gtin", status == Status.CHECK_DIGIT)
    problems.reject("gtin_invalid", "gtin", status == Status.ZERO)
    problems.reject("gtin_damaged", "gtin", status == Status.DAMAGED)
    problems.reject("ref_missing", "gtin", status == Status.EMPTY)
    return ref
