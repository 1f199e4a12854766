"""What stands beside prices and around a table and says for how many they are, or in which part of a currency."""

from decimal import Decimal

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind

_QUANTITIES = (
    ("Prezzo x 100 pz", 100), ("Prezzo al cento", 100), ("Precio por ciento", 100), ("Precio millar", 1000),
    ("Cena za tysiąc", 1000), ("Cena za setkę", 100), ("Pris pr. 100 stk", 100), ("Prix le cent", 100), ("Preis EUR/% Stk", 100),
    ("Price per thousand", 1000), ("Prix au mille", 1000), ("Precio/100u", 100), ("Preis/‰", 1000),
)  # fmt: skip
_CENTS = ("Preis (Rappen)", "Preis in Cent", "Cena w groszach", "Price [pence]", "Pris i øre", "Prix (centimes)", "price_cents")
_OPEN = (
    "Preis (100 Stk)", "Preis %", "Price/C", "Price 100s", "Preis Rp", "Preis ct", "Price (p)", "Cena gr", "Price (gadget)",
    "Preis je Std", "Preis/Geb.", "Preis TEUR",
)  # fmt: skip
_OPEN_UNITS = ("Rp.", "EUR per M", "$/dz", "Std", "EUR/Geb.", "VE 10", "EUR/KAR", "ct")
_PACKS = (
    "Tsd", "Hdt", "setka", "tys.", "millar", "CEN", "HU", "TH", "CS", "Pkg", "BX", "PK", "KST", "VPE", "Ktn.", "Karton",
    "6er Pack", "pudełko", "conf.", "colis", "caja", "Pkg (100)", "T", "H",
)  # fmt: skip
_FACTORS = ("Preisdimension", "Preisfaktor", "Faktor", "Base de prix", "BasisQuantity", "pro", "PU", "Preis für", "XPE")
_COUNTS_OF = (
    "MOQ",
    "Mindestmenge",
    "Min order",
    "Order multiple",
    "Inner",
    "Seite",
    "Preisgruppe",
    "Lieferzeit Tage",
    "Rabattgruppe",
)
_LINES = (
    "Precios por ciento, IVA no incluido", "Alle priser er pr. 100 stk. ekskl. moms", "All prices per carton of 12 pcs",
    "Prices per dozen", "Alle Preise in Cent", "Preise in TCHF", "PE 100", "Prix HT le cent", "Preise je Meter",
    "abzüglich 20% Händlerrabatt", "Discount: 25%", "Price list valid from 1 March 2097", "gültig ab 01.02.2097",
    "Tarif valable du 01/01/2024 au 31/12/2024", "Bestand in Karton à 12 Stk.", "Preiseinheit: 100",
)  # fmt: skip
_HARMLESS = (
    "Alle Preise pro Stück, zzgl. MwSt.", "Prices are per piece, ex VAT", "Skonto 2% bei Zahlung innert 10 Tagen",
    "Verpackungseinheit 100 Stück", "Katalog 100, Seite 12", "Mindestbestellwert 100, frei Haus ab 1000",
    "Preisliste gültig ab 01.01.2025", "Prix HT à la pièce", "Wszystkie ceny netto za szt.", "Preise freibleibend",
    "5 % Rabatt ab 500 Bestellwert", "Seit 100 Jahren Ihr Partner",
)  # fmt: skip
_REMARKS = ("Preis per 100", "Preis je VE à 50", "price per dozen", "cena za 100 szt.", "prix par colis", "Preis inkl. MwSt.")


def _times(draft: Draft, quantity: int) -> None:
    mark = draft.table.language.mark
    draft.retype("price", lambda truth, _: typed_price(str(Decimal(str(truth["price"])) * quantity), mark))


def _nobody_knows(draft: Draft, rows: list[bool] | None = None) -> None:
    for number, truth in enumerate(draft.truth):
        if rows is None or rows[number]:
            truth["price"] = None


def _some(draft: Draft) -> list[bool]:
    return [number == 0 or draft.random.random() < 0.3 for number in range(len(draft.rows))]


@kind()
def quantities_in_other_words(draft: Draft) -> None:
    """`Cena za tysiąc`."""
    header, quantity = draft.random.choice(_QUANTITIES)
    draft.header[draft.at("price")] = header
    if "EUR" in header:
        draft.drop("currency", known=True)
        draft.currency = ""
        for truth in draft.truth:
            truth["currency"] = "EUR"
    _times(draft, quantity)


@kind()
def hundredths_in_the_header(draft: Draft) -> None:
    """`Preis (Rappen)`."""
    draft.header[draft.at("price")] = draft.random.choice(_CENTS)
    draft.retype("price", lambda truth, _: str(int(Decimal(str(truth["price"])) * 100)))


@kind(doubtful=True)
def units_nobody_knows_in_the_header(draft: Draft) -> None:
    """`Price/C`."""
    draft.header[draft.at("price")] = draft.random.choice(_OPEN)
    _nobody_knows(draft)


@kind(doubtful=True)
def units_nobody_knows_below_the_header(draft: Draft) -> None:
    """The line below the header says `EUR per M`, or `Rp.`."""
    draft.header[draft.at("price")] = "Preis"
    units = [""] * len(draft.header)
    units[draft.at("price")] = draft.random.choice(_OPEN_UNITS)
    units[draft.at("stock")] = draft.random.choice(("pcs", "Stk", "(Stk.)"))
    draft.under.insert(0, units)
    _nobody_knows(draft)


@kind()
def quantities_above_the_header(draft: Draft) -> None:
    """The line above the header says `EUR/100`, and `Stk`."""
    draft.drop("currency", known=True)
    draft.currency = ""
    units = [""] * len(draft.header)
    units[draft.at("price")] = f"{draft.table.currency}/100"
    units[draft.at("stock")] = draft.random.choice(("", "Stk", "pcs"))
    draft.above.append(units)
    _times(draft, 100)


@kind(doubtful=True)
def units_that_are_no_pieces(draft: Draft) -> None:
    """`Karton` and `Tsd` among pieces, or in all rows."""
    unit, several = draft.random.choice(_PACKS), _some(draft)
    one = draft.random.choice(("Stk", "szt.", "PCE", "pcs", unit))
    draft.add(draft.random.choice(("ME", "UOM", "Einheit", "J.m.", "Unité")), [unit if some else one for some in several])
    _nobody_knows(draft, several)


@kind()
def units_sold_one_by_one(draft: Draft) -> None:
    """Rolls, pairs and metres beside pieces."""
    units = draft.random.choice((("Stk", "Rolle", "Paar", "m"), ("EA", "ROL", "SET", "PR"), ("pce", "m²", "kg", "bottle")))
    draft.add(draft.random.choice(("ME", "UOM", "Einheit", "Unit")), [draft.random.choice(units) for _ in draft.rows])


@kind(doubtful=True)
def factors_of_prices(draft: Draft) -> None:
    """1, 100 and 1,000 under a name that nobody knows."""
    several = _some(draft)
    draft.add(draft.random.choice(_FACTORS), [draft.random.choice(("100", "1000")) if some else "1" for some in several])
    _nobody_knows(draft, several)


@kind()
def counts_of_something_else(draft: Draft) -> None:
    """The same numbers as minimum, page or group."""
    draft.add(draft.random.choice(_COUNTS_OF), [draft.random.choice(("1", "10", "100")) for _ in draft.rows])


@kind(doubtful=True)
def terms_in_a_line_above(draft: Draft) -> None:
    """`Prices per dozen`."""
    line = draft.random.choice(_LINES)
    draft.above.insert(0, [line] + [""] * (len(draft.header) - 1))
    _nobody_knows(draft)


@kind()
def harmless_lines_above(draft: Draft) -> None:
    """`Skonto 2% bei Zahlung innert 10 Tagen`."""
    draft.above.insert(0, [draft.random.choice(_HARMLESS)] + [""] * (len(draft.header) - 1))


@kind(doubtful=True)
def remarks_about_prices(draft: Draft) -> None:
    """`Preis je VE à 50` beside some prices."""
    remark, several = draft.random.choice(_REMARKS), _some(draft)
    draft.add(draft.random.choice(("Hinweis", "Note", "Bemerkung", "Uwagi")), [remark if some else "" for some in several])
    _nobody_knows(draft, several)


@kind(doubtful=True)
def units_without_a_name(draft: Draft) -> None:
    """`3,90;per 100` below `Preis;;`."""
    several = _some(draft)
    many = draft.random.choice(("per 100", "100 Stk", "VPE", "Dtzd"))
    draft.add("", [many if some else "" for some in several], draft.at("price") + 1)
    _nobody_knows(draft, several)
