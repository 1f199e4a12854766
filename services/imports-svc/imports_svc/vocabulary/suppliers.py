"""Headers of the shop's own list that name a supplier, and the number that he has for an article."""

import re
from functools import cache

from imports_svc.vocabulary.words import field_of, normalise, phrase_of, phrases_of

_NUMBERS = frozenset({"no", "nr", "nummer", "number", "num", "numero", "n", "ref no", "cislo", "broj", "numer"})
_ENDINGS = ("e", "en", "n", "s")
# Between the parts of a compound.
_LINK = re.compile(r"^(?:ens|en|s)(?=..)")


@cache
def is_suppliers_number(header: str) -> bool:
    """Whether a header of the shop's own list names the number that a supplier has for the article."""
    text = normalise(header)
    if text in phrases_of("their_numbers"):
        return True
    words = [word for word in text.split() if word not in phrases_of("of_suppliers")]
    # `Artikelnummer des Lieferanten`, and compounds: `Lieferantenartikelnummer`.
    ends = [_behind_supplier(word) for word in words]
    rests = (
        " ".join(word for word, end in zip(words, ends, strict=True) if end is None),
        " ".join(word if end is None else _LINK.sub("", end) for word, end in zip(words, ends, strict=True)).strip(),
    )
    return any(end is not None for end in ends) and any(map(_is_number_of_article, rests))


def _behind_supplier(word: str) -> str | None:
    """What follows the word for supplier that a word begins with, None for other words."""
    stems = [stem for stem in phrases_of("suppliers") if word.startswith(stem)]
    return word[len(max(stems, key=len)) :] if stems else None


def _is_number_of_article(text: str) -> bool:
    phrase = phrase_of(text)
    if phrase in phrases_of("numbers_alone"):
        return False
    return field_of(phrase) in ("ref", "mpn") or phrase in phrases_of("their_articles")


@cache
def may_be_suppliers_number(header: str) -> bool:
    """Whether a header may name the number of an article, or that of the supplier himself: `Supplier code`, `Lieferanten-Nr.`."""
    words = [word for word in normalise(header).split() if word not in phrases_of("of_suppliers")]
    ends = (_behind_supplier(word) for word in words)
    rest = ["" if end in _ENDINGS else _LINK.sub("", end) for end in ends if end is not None]
    said = " ".join([*filter(None, rest), *(word for word in words if _behind_supplier(word) is None)])
    return bool(rest) and (said in phrases_of("numbers_alone") or said in _NUMBERS)


@cache
def is_supplier_name(header: str) -> bool:
    """Whether a header of the shop's own list names who delivers the article."""
    return field_of(header) == "supplier" or normalise(header) in phrases_of("main_suppliers")
