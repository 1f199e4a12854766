"""Suggests which columns hold further images: `image_2`, `Bild 3`, `additional images`, a second column of the same name."""

from collections.abc import Iterator

from imports_svc.feeds.fields import IMAGE, MOST_IMAGES
from imports_svc.feeds.model import Choice, Field, Profile, Shape
from imports_svc.vocabulary.images import image_named

_SURE = 0.9
# Fewer addresses than this are none: words or names of files.
_ADDRESSES = 0.5


def numbered(shape: Shape, profile: Profile) -> dict[int, tuple[int, int]]:
    """Columns that are called an image with a number, or further ones, with the order they have among each other."""
    if not shape.header:
        return {}
    named = {index: image_named(header) for index, header in enumerate(shape.said)}
    return {index: place for index, place in named.items() if place is not None and any(place) and _may_be(index, profile)}


def chosen(shape: Shape, profile: Profile, numbers: dict[int, tuple[int, int]], first: Choice | None) -> dict[Field, Choice]:
    """Every image field with its column: the one chosen already before others, those of its very name, then by their numbers."""
    found = [] if first is None else [first.column]
    if first is not None and shape.header:
        header = shape.said[first.column]
        alike = (index for index, said in enumerate(shape.said) if said == header and index != first.column)
        found += [index for index in alike if _may_be(index, profile)]
    found += sorted(numbers.keys() - set(found), key=lambda index: (numbers[index], index))
    return dict(_fields(shape, found, first))


def _fields(shape: Shape, columns: list[int], first: Choice | None) -> Iterator[tuple[Field, Choice]]:
    for place, index in enumerate(columns[:MOST_IMAGES], 1):
        why = f"the header {shape.columns[index]!r} names {'an image' if place == 1 else 'a further image'}"
        is_first = first is not None and index == first.column
        yield IMAGE if place == 1 else f"{IMAGE}[{place}]", first if first is not None and is_first else Choice(index, _SURE, why)


def _may_be(index: int, profile: Profile) -> bool:
    column = profile.columns[index]
    return column.values == 0 or column.share(column.urls) >= _ADDRESSES
