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
    Status.SEVERAL: "gtin_several",
    Status.CHANCE: "gtin_by_chance",
    Status.ERROR: "gtin_error",
}
# No GTIN, but a code the supplier knows the article by.
_USABLE_ALONE = (*(Status.AMBIGUOUS, Status.RESTRICTED, Status.INTERNAL, Status.CHECK_DIGIT, Status.SEVERAL, Status.CHANCE),)


def decide(
    refs: pl.Series | None,
    codes: pl.DataFrame | None,
    height: int,
    problems: Problems,
    max_ref: int = 128,
    *,
    dotted: bool = False,
    sound: bool = False,
) -> tuple[pl.Series, pl.Series]:
    """The `ref` and `gtin14` columns; rows left without a reference are rejected.

    `refs`: stripped cells of a separate reference column, None when the GTIN column is the only identity.
    `codes`: what `gtin.read_codes` read, None when no GTIN is mapped. `max_ref`: characters a code may have as reference.
    `dotted`: references of the column are written with dots, so that `12.00` is one. `sound`: it was seen that none is damaged.
    """
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    if codes is None:
        return _separate(nothing if refs is None else refs, nothing, problems, dotted=dotted, sound=sound), nothing
    gtin14 = codes["gtin14"]
    if refs is None:
        return _only_code(codes, problems, max_ref), gtin14
    own = _own_codes(codes, max_ref)
    ref = _separate(refs, gtin14.zip_with(gtin14.is_not_null(), own), problems, dotted=dotted, sound=sound)
    for status, reason in _BESIDE_REF.items():
        problems.warn(reason, "gtin", codes["status"] == status)
    return ref, gtin14


def _own_codes(codes: pl.DataFrame, max_ref: int) -> pl.Series:
    """Codes that are no GTIN and still the supplier's own, null for all others."""
    usable = codes["status"].is_in(_USABLE_ALONE) & (codes["code"].str.len_chars() <= max_ref).fill_null(value=False)
    return codes["code"].set(~usable, None)


def _separate(refs: pl.Series, others: pl.Series, problems: Problems, *, dotted: bool, sound: bool) -> pl.Series:
    """References as typed; a missing or damaged one gives way to the other code, in the same form for every writing of a GTIN."""
    missing = refs.is_null()
    if sound and not missing.any():
        return refs
    damaged = refs.str.contains(gtin.SCIENTIFIC if dotted else gtin.DAMAGED).fill_null(value=False)
    unusable = damaged | missing
    if not unusable.any():
        return refs
    lost = unusable & others.is_null()
    problems.reject("ref_damaged", "ref", damaged & lost)
    problems.reject("ref_missing", "ref", missing & lost)
    problems.warn("ref_damaged", "ref", damaged & ~lost)
    problems.warn("ref_missing", "ref", missing & ~lost)
    return others.zip_with(unusable, refs)


def _only_code(codes: pl.DataFrame, problems: Problems, max_ref: int) -> pl.Series:
    """The GTIN as reference where it is sound, so 12 and 13 digits are one offer; else the code, if it is the supplier's own.

    A wrong check digit may be a slip or a number of the shop's own: the article is known by it, and has no GTIN.
    """
    status = codes["status"]
    own = _own_codes(codes, max_ref)
    problems.reject("ref_too_long", "gtin", (codes["code"].str.len_chars() > max_ref).fill_null(value=False))
    for kind, reason in (_BESIDE_REF | {Status.INTERNAL: "internal_code"}).items():
        if kind in _USABLE_ALONE or kind == Status.REPAIRED:
            problems.warn(reason, "gtin", status == kind)
        else:
            problems.reject(reason, "gtin", status == kind)
    problems.reject("ref_missing", "gtin", status == Status.EMPTY)
    return own.zip_with(own.is_not_null(), codes["gtin14"])
