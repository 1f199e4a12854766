"""Prices whose header holds the name of one beside words that nobody knows, where another column may be the price."""

from collections.abc import Iterator

from imports_svc.feeds.model import ColumnProfile, Doubt, Inspection, Mapping
from imports_svc.mapping.suggest import CHOSEN
from imports_svc.vocabulary import another, terms, values
from imports_svc.vocabulary.beside import is_no_amount
from imports_svc.vocabulary.parameters import price_named
from imports_svc.vocabulary.taxes import price_fields, tax_of
from imports_svc.vocabulary.words import SIGNS_LOWER, age_of, field_of, is_suppliers, normalise, phrases_of

_FRACTIONS = 0.3
_FILLED = 0.5
_LONGEST = 4


def unsure_price(inspection: Inspection, mapping: Mapping) -> Iterator[Doubt]:
    """`Hammer cost` beside `Dealer`: nobody knows what the first word makes of it, nor what the second column is."""
    choice, shape = mapping.fields.get("price"), inspection.shape
    if choice is None or choice.why == CHOSEN or not shape.header or mapping.template:
        return
    name, columns = shape.said[choice.column], inspection.profile.columns
    if not (unknown := unknown_words(name)):
        return
    used = {chosen.column for chosen in mapping.fields.values()}
    chosen = columns[choice.column]
    others = [
        shape.columns[at]
        for at, header in enumerate(shape.said)
        if at not in used and _may_be_price(header, columns[at]) and columns[at].values >= _FILLED * chosen.values > 0
    ]
    if others:
        message = (
            f"{shape.columns[choice.column]!r} is read as the price, nobody knows what {' '.join(unknown)!r} makes of it, and"
            f" {', '.join(map(repr, others))} may be the price as well. Map price to the right one, or accept this."
        )
        yield Doubt("column_tie", message, shape.columns[choice.column])


def unknown_words(header: str) -> list[str]:
    """The words of a header beside the name of its price that nobody knows; none where it is no more than that name."""
    # The steps of a path say where it stands.
    last = header.rpartition("/")[2]
    said = normalise(last).split()
    if price_named(last) is not None or not said:
        return []
    spans = [
        (end - at, at, end)
        for at in range(len(said))
        for end in range(at + 1, min(at + _LONGEST, len(said)) + 1)
        if field_of(" ".join(said[at:end])) in ("price", "list_price")
    ]
    if not spans:
        return []
    _, at, end = max(spans)
    return [word for word in said[:at] + said[end:] if not _is_known(word)]


def _is_known(word: str) -> bool:
    said = values.PACKS | values.PIECES | values.CONTENTS | values.LENGTHS | terms.EACH | terms.HUNDREDS | terms.THOUSANDS
    if any(mark.isdecimal() for mark in word) or len(word) == 1 or word in said or word in terms.HARMLESS or word in SIGNS_LOWER:
        return True
    listed = phrases_of("units") | phrases_of("units", "beside") | phrases_of("priced") | phrases_of("languages")
    listed |= another.phrases_of("harmless") | values.PAID
    return word in listed or is_suppliers(word) or age_of(word) is not None or field_of(word) is not None


def _may_be_price(header: str, column: ColumnProfile) -> bool:
    """Whether amounts stand below a name that nobody knows."""
    said = normalise(header)
    named = any(mark.isalpha() for mark in said) and not said.startswith("column ")
    known = price_fields(header) or tax_of(header) is not None or is_no_amount(header)
    known = known or not values.DISCOUNTS.isdisjoint(values.words_of(header))
    return named and not known and column.share(column.decimals) > _FRACTIONS
