"""Which headers name images, and which of an article's images they name."""

import re
from functools import cache

from imports_svc.vocabulary import words

_NUMBER_BEGINS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
# A name of a file is no address, and is told where it is read.
_ADDRESS = re.compile(r"(?i)(?:https?:)?//\S+|\S*[^\s/]\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?|svg)(?:\?\S*)?")
BETWEEN = "|"
"""What stands between several addresses of one cell."""
# More is a year, a size or a number of something else.
_MOST = 99


@cache
def image_named(header: str) -> tuple[int, int] | None:
    """Of a header for an image its order among those of an article: whether it is one of the further ones, and its number.

    (0, 0) is one without a number. None for any other header, and for small versions of an image.
    """
    said = words.normalise(_NUMBER_BEGINS.sub(" ", header.rpartition("/")[2])).split()
    numbers = [int(word) for word in said if word.isdecimal() and len(word) < len(str(_MOST * 10))]
    named = " ".join(word for word in said if not word.isdecimal())
    if len(numbers) > 1 or (numbers and numbers[0] > _MOST) or words.phrases_of("thumbnails").intersection(said):
        return None
    number = numbers[0] if numbers else 0
    if words.phrase_of(named) in words.phrases_of("more_images") or named in words.phrases_of("more_images"):
        return 1, number
    if words.field_of(named) == "image_url":
        return 0, number
    return None


def is_address(text: str) -> bool:
    """Whether a text, or the first of several in it, says where an image is."""
    return _ADDRESS.fullmatch(text.partition(BETWEEN)[0]) is not None


@cache
def holds_images(path: str) -> bool:
    """Whether a place of a tree, or what it is within, is called like images: `image`, `images/src`, `gallery/item/url`."""
    return any(image_named(step.lstrip("@")) is not None for step in path.split("/"))
