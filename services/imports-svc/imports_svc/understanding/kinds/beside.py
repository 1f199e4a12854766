"""Columns beside prices and stocks that say more of a row: its days, its unit, whether it is an offer still."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind

_BEGINS_ENDS = (
    ("valid from", "valid until"),
    ("gültig ab", "gültig bis"),
    ("Date début", "Date fin"),
    ("vigente desde", "vigente hasta"),
    ("ważne od", "ważne do"),
    ("действует с", "действует до"),
)
_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M", "%Y%m%d", "%d/%m/%Y")
_MARKED = ("discontinued", "deleted", "gelöscht", "Auslaufartikel", "supprimé", "descatalogado", "wycofany")


def _day(style: str, from_today: int) -> str:
    return (datetime.now(UTC) + timedelta(days=from_today)).strftime(style)


def _days(draft: Draft, *, begins: tuple[int, int], ends: tuple[int, int], some_over: bool) -> None:
    """Two columns of days; with `some_over` a few rows ended long ago, and have no price therefore."""
    style, names = draft.random.choice(_FORMATS), draft.random.choice(_BEGINS_ENDS)
    ended = [some_over and (number == 0 or draft.random.random() < 0.2) for number in range(len(draft.rows))]
    for is_over, truth in zip(ended, draft.truth, strict=True):
        if is_over:
            truth["price"] = None
    draft.add(names[0], [_day(style, draft.random.randint(*begins) - 2000 * over) for over in ended])
    draft.add(names[1], [_day(style, draft.random.randint(*ends) - 2000 * over) for over in ended])


@kind()
def prices_of_today(draft: Draft) -> None:
    """All prices have begun and none has ended."""
    _days(draft, begins=(-400, -2), ends=(2, 900), some_over=False)


@kind(doubtful=True)
def prices_that_are_over(draft: Draft) -> None:
    """Some prices ended: what is paid now is not said."""
    _days(draft, begins=(-400, -2), ends=(2, 900), some_over=True)


@kind(doubtful=True)
def prices_to_come(draft: Draft) -> None:
    """No price has begun."""
    _days(draft, begins=(3, 90), ends=(100, 900), some_over=False)
    for truth in draft.truth:
        truth["price"] = None


@kind()
def offers_still(draft: Draft) -> None:
    """No row is marked as discontinued."""
    no = draft.random.choice(("no", "0", "", "N", "false"))
    draft.add(draft.random.choice(_MARKED), [no] * len(draft.rows))


@kind(doubtful=True)
def offers_no_more(draft: Draft) -> None:
    """A few rows are marked as discontinued: they are no articles."""
    yes, no = draft.random.choice((("yes", "no"), ("1", "0"), ("x", ""), ("Y", "N"), ("true", "false"), ("ja", "nein")))
    gone = [number == 0 or draft.random.random() < 0.2 for number in range(len(draft.rows))]
    for is_gone, truth in zip(gone, draft.truth, strict=True):
        if is_gone:
            truth["title"] = None
    draft.add(draft.random.choice(_MARKED), [yes if is_gone else no for is_gone in gone])


@kind()
def units_of_one(draft: Draft) -> None:
    """Prices are for one piece, as the unit says."""
    unit = draft.random.choice(("EA", "PCE", "Stk", "each", "pcs", "C62", "ks", "шт", "szt."))
    draft.add(draft.random.choice(("UOM", "Unit", "Einheit", "ME", "Unité", "Unidad")), [unit] * len(draft.rows))


@kind(doubtful=True)
def units_of_hundreds(draft: Draft) -> None:
    """A few prices are for a hundred or a thousand pieces."""
    one, many = draft.random.choice(
        (("EA", "C"), ("PCE", "100 PCE"), ("each", "hundred"), ("E", "M"), ("Stk", "% Stk"), ("EA", "per 100"))
    )
    several = [number == 0 or draft.random.random() < 0.3 for number in range(len(draft.rows))]
    for is_several, truth in zip(several, draft.truth, strict=True):
        if is_several:
            truth["price"] = None
    draft.add(draft.random.choice(("UOM", "Unit", "Sales unit", "Price UOM")), [many if some else one for some in several])


@kind()
def quantities_that_moved(draft: Draft) -> None:
    """What was ordered and sent is no stock."""
    names = draft.random.choice(
        (("Qty ordered", "Qty shipped"), ("Ordered", "Delivered"), ("bestellt", "geliefert"), ("Qté commandée", "Qté livrée"))
    )
    for name in names:
        draft.add(name, [str(draft.random.randrange(1, 50)) for _ in draft.rows], draft.random.randrange(len(draft.header) + 1))
    if draft.random.random() < 0.5:
        draft.drop("stock")


@kind(doubtful=True)
def changes_of_stock(draft: Draft) -> None:
    """`+5` and `-3` say by how much the stock changes."""
    for truth in draft.truth:
        truth["stock"] = None
    draft.retype("stock", lambda _, __: f"{draft.random.choice('+-+')}{draft.random.randrange(1, 40)}")
    draft.rows[0][draft.at("stock")] = "+7"


@kind(doubtful=True)
def the_same_header_again(draft: Draft) -> None:
    """Two columns are called alike, and nobody knows which is the price."""
    header, mark = draft.header[draft.at("price")], draft.table.language.mark
    again = [typed_price(str(draft.random.randrange(50, 9_999) / 100), mark) for _ in draft.rows]
    draft.add(header, again, draft.random.randrange(len(draft.header) + 1))
    for truth in draft.truth:
        truth["price"] = None


@kind()
def camel_case(draft: Draft) -> None:
    """Names of a programmer."""
    names = {
        "ref": ("itemNumber", "articleNumber", "supplierSku", "ItemCode"),
        "gtin": ("eanCode", "gtin13", "barCode", "EAN13"),
        "title": ("productName", "itemDescription", "articleName"),
        "brand": ("brandName", "manufacturerName"),
        "category": ("categoryName", "productCategory"),
        "price": ("unitPrice", "netPrice", "purchasePrice"),
        "stock": ("stockQuantity", "qtyInStock", "availableStock"),
        "currency": ("currencyCode", "priceCurrency"),
    }
    for name in draft.fields:
        draft.header[draft.at(name)] = draft.random.choice(names[name])


@kind()
def days_below_a_code(draft: Draft) -> None:
    """Days in eight digits are no GTIN, though one in ten passes for one."""
    draft.drop("gtin")
    days = [_day("%Y%m%d", -draft.random.randrange(2_000)) for _ in draft.rows]
    draft.add(draft.random.choice(("Release date", "Erscheinungsdatum", "Date", "Listed since")), days)


@kind(doubtful=True)
def prices_that_became_days(draft: Draft) -> None:
    """`1.12` became the first of December, in a few cells."""
    for number, (row, truth) in enumerate(zip(draft.rows, draft.truth, strict=True)):
        if number == 0 or draft.random.random() < 0.2:
            row[draft.at("price")] = draft.random.choice(("01. Dez", "12-May", "2026-05-12 00:00:00", "Jan 95", "01.12.2026"))
            truth["price"] = None


@kind(doubtful=True)
def list_prices_of_another_unit(draft: Draft) -> None:
    """What is paid is for as many as the unit says, and the list price beside it for one piece."""
    mark = draft.table.language.mark
    units = [draft.random.choice((1, 100, 1_000)) for _ in draft.truth]
    units[0] = 100
    listed = [Decimal(str(truth["price"])) * Decimal("1.4") for truth in draft.truth]
    prices = [Decimal(str(truth["price"])) * unit for truth, unit in zip(draft.truth, units, strict=True)]
    draft.retype("price", lambda _, number: typed_price(str(prices[number]), mark))
    draft.add("Preiseinheit", [str(unit) for unit in units])
    draft.add("Listenpreis", [typed_price(str(price), mark) for price in listed])
    for truth, unit in zip(draft.truth, units, strict=True):
        if unit > 1:
            truth["price"] = None
