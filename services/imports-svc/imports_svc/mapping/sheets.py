"""What the names of sheets that are read as one list say of their prices: each may be in a currency of its own, or with tax."""

from collections.abc import Iterable, Iterator

from chassis.currencies import CODES
from imports_svc.feeds.doubt import TERMS
from imports_svc.feeds.model import Doubt, Inspection, Mapping
from imports_svc.vocabulary.lines import is_of_prices, price_currency
from imports_svc.vocabulary.parameters import base
from imports_svc.vocabulary.sheets import are_plain_sheets
from imports_svc.vocabulary.taxes import tax_of
from imports_svc.vocabulary.values import CODES_LIKE_WORDS

_SHOWN = 5


def say_nothing_of_goods(names: Iterable[str]) -> bool:
    """Whether none of these names of sheets says what its rows have in common: numbers, currencies, prices. False for none."""
    found = list(names)
    goods = [name for name in found if _currency(name) is None and not _is_of_terms(name)]
    return bool(found) and (not goods or are_plain_sheets(goods))


def sheet_doubts(inspection: Inspection, mapping: Mapping, currency: str) -> Iterator[Doubt]:
    """Prices of several sheets that are read alike, where the names of the sheets say that they differ.

    `currency`: what a person said for prices that name none, "" for nothing.
    """
    shape = inspection.shape
    if not shape.placed or not any(base(field) in ("price", "list_price") for field in mapping.fields):
        return
    few = inspection.profile.columns[0].few
    codes = {name: _currency(name) for name, _ in few}
    read_in = {mapping.currency_code or currency} - {""}
    # Where all of them say one and the same, and nobody says another one, a first list is told so as others are.
    same = len(set(codes.values())) == 1 and not read_in
    other = {name for name, code in codes.items() if code is not None and {code} != read_in and not same}
    if "currency" in mapping.fields:
        other = set()
    taxed = {name for name, _ in few if is_of_prices(name) and tax_of(name) == "gross"} if "price" in mapping.fields else set()
    if names := sorted(other | taxed):
        message = (
            f"The sheets that are read as one list say in their names that their prices differ ({', '.join(names[:_SHOWN])}): all"
            " are read as they stand, in one currency. Import these sheets one by one, or accept this if prices are alike."
        )
        rows = sum(count for name, count in few if name in names)
        yield Doubt(TERMS, message, shape.columns[0], rows, tuple(names[:_SHOWN]))


def _currency(name: str) -> str | None:
    """The currency that the name of a sheet says of its prices: `USD`, `Preise CHF`."""
    bare = name.strip()
    return bare if bare in CODES - CODES_LIKE_WORDS else price_currency(bare)


def _is_of_terms(name: str) -> bool:
    return is_of_prices(name) and tax_of(name) is not None
