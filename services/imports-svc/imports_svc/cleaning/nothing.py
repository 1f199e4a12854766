"""Which cells may say nothing: words for nothing, errors of spreadsheets, marks alone. What is made of them, a column decides."""

import polars as pl

from imports_svc.vocabulary import values

_MARKS = r"^(?:#{3,}|[-\x{2010}-\x{2015}\x{2212}_.*/\\?·•…~]+)$"
# Words for nothing are short and, but for the errors of one program, have no digits but 0. A pattern of all words takes longer to
# build than to search for.
_LONGEST, _LONGEST_ERROR = 48, 16
_WITH_DIGIT, _ERROR = "[1-9]", r"^\s*(?i:err)"
_WORDS = pl.Series(sorted(values.WORDLESS))


def says_little(cells: pl.Series) -> pl.Series:
    """Whether each cell (String), blanks around it aside, may say nothing; false for null."""
    likely = ~cells.str.contains(_WITH_DIGIT).fill_null(value=True)
    short = (cells.str.len_bytes() <= _LONGEST_ERROR).fill_null(value=False)
    if short.any() and (errors := cells.filter(short).str.contains(_ERROR)).any():
        likely = likely.scatter(short.arg_true().filter(errors), values=True)
    if not likely.any():
        return likely
    distinct = cells.filter(likely).unique()
    bare = distinct.str.strip_chars()
    words = bare.set(bare.str.len_chars() > _LONGEST, None).str.strip_chars_end(".").str.to_lowercase()
    if words.str.contains(r"[^\x00-\x7f]").any():
        words = words.str.replace_many(values.ACCENTED)
    found = distinct.filter(words.is_in(_WORDS.implode()).fill_null(value=False) | bare.str.contains(_MARKS))
    return cells.is_in(found.implode()).fill_null(value=False) if found.len() else likely & False
