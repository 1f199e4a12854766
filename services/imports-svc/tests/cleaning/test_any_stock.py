"""A stock in words, bounds or numbers is what was said, or unknown and told: no quantity is invented."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.cleaning.stocks import REASONS, Status, read_counts
from imports_svc.feeds.model import NumberStyle
from imports_svc.vocabulary import values

COUNTS = st.integers(1, 999_999)


def _read(cell: str, mark: str = ".") -> tuple[int | None, Status]:
    value, status = read_counts(pl.Series([cell]), NumberStyle(mark), 0, words=True).row(0)  # type: ignore[arg-type]
    return value, Status(status)


@given(COUNTS, st.sampled_from(sorted(values.AT_LEAST)), st.booleans(), st.sampled_from(["", " "]))
def test_at_least_so_many_is_so_many_and_told(count: int, word: str, behind: bool, blank: str) -> None:
    joined = " " if word[0].isalpha() else blank
    value, status = _read(f"{count}{joined}{word}" if behind else f"{word}{joined}{count}")
    assert value in (count, None)
    assert status in REASONS or value == count


@given(COUNTS, st.sampled_from(sorted(values.ABOUT)), st.booleans())
def test_at_most_so_many_is_not_known(count: int, word: str, behind: bool) -> None:
    value, status = _read(f"{count} {word}" if behind else f"{word} {count}")
    assert value is None
    assert status in REASONS


@given(COUNTS, st.sampled_from(sorted(values.PIECES | values.THERE)))
def test_pieces_are_what_is_counted(count: int, unit: str) -> None:
    assert _read(f"{count} {unit}")[0] == count


@pytest.mark.parametrize(
    "write", [str.lower, str.upper, str.capitalize, lambda word: f" {word}! ".strip(), lambda word: word.replace(" ", "_")]
)
@pytest.mark.parametrize("word", sorted(values.OUT_OF_STOCK))
def test_words_for_none_are_zero(word: str, write) -> None:
    if values.plain(write(word)) == word or "_" in write(word):
        assert _read(write(word)) == (0, Status.NONE)


@pytest.mark.parametrize("word", sorted((values.IN_STOCK | values.LATER) - values.OUT_OF_STOCK))
def test_words_for_some_leave_it_unknown_and_are_told(word: str) -> None:
    assert _read(word) in ((None, Status.SOME), (None, Status.EMPTY))


@given(st.text(max_size=12).filter(lambda text: text.strip() and not any(c.isdecimal() for c in text)))
def test_no_text_without_a_digit_is_a_quantity(text: str) -> None:
    value, status = _read(text.strip())
    assert value is None or (value == 0 and status == Status.NONE)


@given(st.text("0123456789-–/.,: abx%", max_size=10).filter(str.strip))
def test_what_is_understood_has_the_digits_that_were_written(text: str) -> None:
    value, _ = _read(text.strip())
    if value:
        assert str(value) in "".join(c for c in text if c.isdecimal()) or str(value).rstrip("0") in text


@pytest.mark.parametrize(
    "cell",
    ["10-20", "5/10", "12.05.2026", "KW 32", "ab 12.05.", "2 weeks", "10 (5 reserved)", "1k", "5 EUR", "50%", "~20", "1e3"],
)
def test_what_is_no_quantity_is_none(cell: str) -> None:
    value, status = _read(cell)
    assert value is None
    assert status in REASONS
