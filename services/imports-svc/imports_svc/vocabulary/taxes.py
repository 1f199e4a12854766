"""What a header says of the price below it beside its name: with or without tax, and for how many pieces."""

import re
from functools import cache, lru_cache
from typing import Literal

from imports_svc.feeds.fields import Field
from imports_svc.vocabulary import beside, lines, terms, values, words

Tax = Literal["net", "gross"]

_PLUS = r"\+\s*(?:iva|vat|mwst|ust|moms|btw|tva|dph|pdv|ндс|пдв|kdv|mva|tax|gst)"
# Prices of something else than one piece.
_OTHER_UNIT = re.compile(
    r"(?:/|(?<!\w)(?:per|pro|je|par|por|voor|za|за|al|pr)(?!\w))\s*(?:pack|packung|paket|pak|box|case|carton|karton|colis|caja|cartone|"
    r"doos|opakowanie|baleni|pakiranje|упаковку|упак|vpe|ve|kg|g|l|ml|m|m2|m²|m3|lfm|cm|100 ?g|100 ?ml|dozen|dutzend)(?!\w)",
    re.IGNORECASE,
)


_PACK_PRICE = re.compile(r"(?<!\w)(karton|gebinde|kisten|paletten|kolli|case|box|pack|doos|omdoos)s?(?=preis|price|cost|pris)")


# How many are in a pack, or from how many packs on: `(VE 10)`, `ab 1 Karton`.
_OF_PACKS = re.compile(r"\([^)]*[0-9][^)]*\)|(?<!\w)(?:ab|from|min|of|ex|à)\s+[0-9]*\s*[^\W\d_]+", re.IGNORECASE)
_PIECES = words.PIECES | {phrase for phrase in values.PIECES if phrase.isalpha() and len(phrase) > 1}
_PLACES = frozenset({"warehouse", "location", "lagerort", "lagerplatz", "magazin", "depot"})
WITH_TAX = "with tax"
_TAX = r"(?:mwst|ust|vat|tax|taxes|tva|iva|btw|moms|mva|dph|pdv|gst|ндс|пдв|kdv|φπα|afa|áfa)(?!\w)"
# Of a line around a table: `inkl. 19 % MwSt.`, `TTC`.
_WITH = r"(?:ink|inkl|incl|inc|including|inklusive|inclusive|mit|with|avec|con|s|z|с|med|incluso|incluye|y compris)"
_WITH_TAX = re.compile(
    rf"(?<!\w){_WITH}(?!\w)[\W\d]*(?:gesetzl\w*\s*)?{_TAX}|(?<!\w)(?:ttc|toutes taxes comprises)(?!\w)"
    rf"|{_TAX}\W*(?:incl|inkl|incluse|inclusa|incluido|included)",
    re.IGNORECASE,
)
_WITHOUT = r"nicht|not|non|no|ohne|without|sans|sin|senza|bez|без|exkl|excl|ex|excluding|zzgl|plus|hors|ht|netto|net"
_WITHOUT_TAX = re.compile(rf"(?<!\w)(?:{_WITHOUT})(?!\w)", re.IGNORECASE)


# A name that says on which side of the discount a price is, is as good as the name of a field.
_SAID = 0.95
_WORD = re.compile(r"[^\W_]+")


def _said(header: str) -> str:
    """The header's words, as phrases are kept."""
    bare = values.plain(values.spaced(header).replace("_", " ")).replace('"', "")
    return f" {' '.join(_WORD.findall(bare))} "


def _phrases(found: frozenset[str]) -> tuple[str, ...]:
    said = {" ".join(_WORD.findall(phrase.replace('"', ""))) for phrase in found if "+" not in phrase}
    return tuple(sorted((phrase for phrase in said if phrase), key=len, reverse=True))


_NET = _phrases(values.NET)
_GROSS = _phrases(values.GROSS)
_AFTER = _phrases(values.AFTER_DISCOUNT)
_BEFORE = _phrases(values.BEFORE_DISCOUNT)


@cache
def tax_of(header: str) -> Tax | None:
    """Whether a header says that its prices are with or without tax."""
    said = _said(header)
    rest = said
    if re.search(_PLUS, header, re.IGNORECASE):
        return "net"
    for phrase in _NET:
        rest = rest.replace(f" {phrase} ", " ")
    if any(f" {phrase} " in rest for phrase in _GROSS) or re.search(r" (?:brutto|gross(?!hand|ist))\w", rest):
        return "gross"
    return "net" if rest != said or re.search(r" (?:netto)\w", rest) else None


@cache
def quantity_of(header: str) -> int | None:
    """For how many pieces a header says its prices are, such as `price per 100`; None where it says none."""
    said = terms.beside(header)
    return said.quantity if said.quantity > 1 and not said.unknown else None


@cache
def is_in_cents(header: str) -> bool:
    """Whether a header says that its prices are in hundredths of their currency: `price_cents`, `Preis in Cent`."""
    said = terms.beside(header)
    if not said.cents or said.unknown:
        return False
    return bool({"price", "list_price"} & words.fields_within(terms.without(header)).keys())


@lru_cache(maxsize=1_000)
def other_price(line: str) -> str | None:
    """What a line around a table says of its prices, if they are not those of one piece without tax; None for any other line."""
    if not lines.is_of_prices(line):
        return None
    if _WITH_TAX.search(line) and not _WITHOUT_TAX.search(line) and not lines.is_of_list_prices(line):
        return WITH_TAX
    said = terms.line(line)
    if said.unknown:
        return f"for {said.unknown}"
    if said.cents:
        return "in cents"
    return f"for {said.quantity:,} pieces" if said.quantity > 1 else None


def is_for_other_unit(header: str) -> bool:
    """Whether a header says that its prices are for a pack, a kilogram or a metre."""
    if quantity_of(header) is not None:
        return False
    return _OTHER_UNIT.search(header) is not None or (is_of_packs(header) and "price" in _rest_of_pack(header))


@cache
def may_be_factors(header: str) -> bool | None:
    """Whether numbers below a header may be those that prices are for: True where it says so, None where nothing."""
    said = terms.is_factor(header)
    if said or (said is None and beside.speaks_of_price(header)):
        return True
    known = words.fields_within(header).keys() - {"price", "list_price", "price_unit"}
    return None if said is None and not known and not is_of_packs(header) else False


@cache
def is_of_packs(header: str) -> bool:
    """Whether a word of a header is that for a pack: `Case Cost`, `on hand (cases)`, `EAN Karton`."""
    said = words_apart(_OF_PACKS.sub(" ", header))
    return not words.PACKS.isdisjoint(said) and _PIECES.isdisjoint(said) and not _PLACES.intersection(said)


def words_apart(header: str) -> list[str]:
    """The header's words; `Kartonpreis` is two."""
    return _PACK_PRICE.sub(r"\1 ", _said(header)).split()


@cache
def _rest_of_pack(header: str) -> frozenset[Field]:
    """The fields that a header names without its words for a pack."""
    return frozenset(words.fields_within(" ".join(word for word in words_apart(header) if word not in words.PACKS)))


def _without(header: str, phrases: tuple[str, ...]) -> str | None:
    """The header without such a phrase, None where it has none."""
    said = _said(header)
    found = next((phrase for phrase in phrases if f" {phrase} " in said), None)
    return None if found is None else said.replace(f" {found} ", " ").strip()


@cache
def price_fields(header: str) -> dict[Field, float]:
    """The fields `words.fields_within` finds, with what stands beside a price's name understood.

    A price with tax is no purchase price; "excl. VAT" and "per 100" leave the name a price's.
    """
    sides: tuple[tuple[tuple[str, ...], Field], ...] = ((_AFTER, "price"), (_BEFORE, "list_price"))
    for phrases, which in sides:
        if (rest := _without(header, phrases)) is not None:
            return {which: _SAID} if {"price", "list_price"} & price_fields(rest).keys() else {}
    if is_in_cents(header):
        header = terms.without(header)
    return _without_sold(_fields_beside_tax(header))


def _without_sold(found: dict[Field, float]) -> dict[Field, float]:
    """What something is sold for is not what is paid for it, though `price` or `net` stands in the name, too."""
    if found.get("list_price", 0.0) >= found.get("price", 0.0):
        return {name: strength for name, strength in found.items() if name != "price"}
    return found


def _fields_beside_tax(header: str) -> dict[Field, float]:
    found = words.fields_within(header)
    if not {"price", "list_price"} & found.keys() and not terms.beside(header).unknown:
        # `Prix par unité`, `Prijs per stuk`
        priced = words.fields_within(terms.without(header))
        found = priced if {"price", "list_price"} & priced.keys() else found
    tax, quantity = tax_of(header), quantity_of(header)
    if is_for_other_unit(header):
        return {name: strength for name, strength in found.items() if name not in ("price", "list_price", "pack_size")}
    if tax == "gross":
        return {name: strength for name, strength in found.items() if name != "price"}
    if tax is None and quantity is None:
        return found
    bare = terms.without(header) if quantity else header
    said = _said(re.sub(_PLUS, " ", bare, flags=re.IGNORECASE))
    for phrase in _NET:
        said = said.replace(f" {phrase} ", " ")
    priced = words.fields_within(said.strip()) if said.strip() else {}
    if "price" in found or "list_price" in found:
        # "Price excl. VAT" is a name of its own, also behind "selling".
        sold = priced.get("list_price", 0.0)
        return found | {"list_price": sold} if sold > found.get("price", 0.0) else found
    return found | {name: strength for name, strength in priced.items() if name in ("price", "list_price")}
