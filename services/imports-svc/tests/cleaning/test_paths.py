import polars as pl
import pytest

from imports_svc.cleaning.paths import read_paths, separator_of


@pytest.mark.parametrize(
    ("values", "separator"),
    [
        (["Tools > Drills", "Tools > Saws", "Pens"], " > "),
        (["Home/Garden > Lamps", "Home/Garden > Hoses"], " > "),
        (["Tools>Drills", "Tools>Saws"], ">"),
        (["Tools|Drills", "Pens|Ink"], "|"),
        (["Tools\\Drills", "Tools"], "\\"),
        (["Tools::Drills::Hand"], "::"),
        (["Music / AC/DC", "Music / Queen"], " / "),
        (["Tools;Drills", "Tools;Saws", "Pens"], ";"),
        (["Tools/Drills", "Tools/Saws", "Pens/Ink", "Pens"], "/"),
        # A mark inside names separates nothing.
        (["AC/DC", "Queen", "Abba"], None),
        (["Home/Garden"], None),
        (["Home/Garden", "Home/Kitchen", "Toys", "Books", "Music"], None),
        (["Home/Garden", "Beds/Sofas", "Food/Drink"], None),
        (["Tools/", "/Pens"], None),
        ([*(f"Sort {number}" for number in range(20)), "Screens >27 inch"], None),
        ([], None),
    ],
)
def test_a_mark_separates_when_the_column_agrees(values, separator) -> None:
    assert separator_of(values) == separator


@pytest.mark.parametrize(
    ("text", "separator", "path"),
    [
        ("Tools / Drills", "/", "Tools > Drills"),
        ("/Tools//Drills/ ", "/", "Tools > Drills"),
        ("Tools/Drills", "", "Tools/Drills"),
        ("Tools/Drills", None, "Tools/Drills"),
        ("Sizes > 5|Shoes", "|", "Sizes › 5 > Shoes"),
        ("Tools > Drills", "", "Tools › Drills"),
        (" / ", "/", None),
        (None, "/", None),
    ],
)
def test_a_path_has_one_form(text, separator, path) -> None:
    read = read_paths(pl.Series([text, "x", text], dtype=pl.String), separator)
    assert read["path"].to_list() == [path, "x", path]
    assert not read["deep"].any()


def test_what_is_deeper_than_twelve_levels_is_cut() -> None:
    levels = [f"L{number}" for number in range(13)]
    read = read_paths(pl.Series(["/".join(levels), "/".join(levels[:12])]), "/")
    assert read["path"].to_list() == [" > ".join(levels[:12])] * 2
    assert read["deep"].to_list() == [True, False]


def test_marks_that_share_a_space_make_no_level() -> None:
    read = read_paths(pl.Series(["a > > b|c"]), "|")
    assert read["path"].to_list() == ["a › › b > c"]
