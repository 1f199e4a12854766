"""Texts come back without what is invisible, encoded or marked up, and nothing that was said is lost."""

import html

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.cleaning.text import tidied
from imports_svc.vocabulary import values

PLAIN = st.text("abcdefgXYZ &;<>-/.,0123456789éßжא", min_size=1, max_size=30).map(str.strip).filter(
    lambda text: text and "&" not in text.replace("& ", "") and not values.is_marks(text) and ";" not in text
    and "<" not in text and values.plain(text) not in values.NO_BRAND and not values.is_error(text)
)  # fmt: skip


class _Told:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def warn(self, reason: str, field: str, mask: pl.Series) -> None:
        self.reasons.append(reason)


def _tidy(cell: str, field: str = "brand") -> tuple[str | None, list[str]]:
    told = _Told()
    return tidied(pl.Series([cell]), field, told)[0], told.reasons  # type: ignore[arg-type]


@given(PLAIN, st.integers(1, 3), st.sampled_from(["brand", "category", "title", "supplier", "mpn"]))
def test_entities_are_what_they_stand_for_however_often_encoded(text: str, times: int, field: str) -> None:
    cell = text
    for _ in range(times):
        cell = html.escape(cell)
    assert _tidy(cell, field)[0] == text


@given(PLAIN, st.sampled_from("\u200e\u00ad\u2060\u200b\u202a\ufeff\u2066"), st.integers(0, 30))
def test_invisible_characters_are_none(text: str, mark: str, at: int) -> None:
    for field in ("brand", "title", "ref", "category"):
        assert _tidy(text[:at] + mark + text[at:], field)[0] == _tidy(text, field)[0]


@given(PLAIN, PLAIN, st.sampled_from("\u2028\u2029\u0085\u00a0\n\t\x0b"))
def test_separators_of_any_kind_are_blanks_in_a_title(one: str, other: str, mark: str) -> None:
    assert _tidy(f"{one}{mark}{other}", "title")[0] == f"{one} {other}"


@given(st.integers(1, 99), st.integers(2, 12))
def test_powers_stay_powers(base: int, power: int) -> None:
    assert _tidy(f"{base} x 10<sup>{power}</sup> IU", "title")[0] == f"{base} x 10^{power} IU"


@pytest.mark.parametrize(
    "text", ["R&D Tools", "AT&T", "Fish&chips;", "Black & Dorn", "a < b", "Shoe <gr. 42>", "x &notit; y", "50 % off"]
)
def test_what_is_no_entity_and_no_tag_stays(text: str) -> None:
    assert _tidy(text, "title")[0] == text


@pytest.mark.parametrize("word", sorted(values.NO_BRAND))
def test_a_word_for_nothing_is_no_brand(word: str) -> None:
    value, told = _tidy(word)
    assert value is None
    assert ("brand_doubtful" in told) == (word in values.DOUBTFUL and word not in values.NOTHING)


@pytest.mark.parametrize(
    "name", ["NA", "Nonesuch", "Nullo", "Unknown Pleasures", "Minus", "N", "Sans", "No. 7", "Geenen", "X", "Kein & Abel"]
)
def test_a_name_is_no_word_for_nothing(name: str) -> None:
    assert _tidy(name) == (name, [])
    assert _tidy(name, "title") == (name, [])


@pytest.mark.parametrize("word", sorted(values.ERRORS))
def test_an_error_of_a_spreadsheet_is_told(word: str) -> None:
    for field in ("brand", "title", "ref", "category", "mpn"):
        assert _tidy(word.upper(), field) == (None, [f"{field}_error"])
