"""What lines around a table, units below its header and names of packs say of all prices and stocks."""

from decimal import Decimal

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind

_LINES = (
    "All prices in {}", "Prices are in {} excl. VAT", "Alle Preise in {} zzgl. MwSt.", "Prix en {} hors taxes",
    "Precios en {} sin IVA", "Prezzi in {} IVA esclusa", "Ceny w {} netto", "Currency: {}", "Währung: {}",
)  # fmt: skip


def _unnamed(draft: Draft) -> str:
    """The currency that neither a column nor the person who imports says."""
    draft.drop("currency", known=True)
    draft.currency = ""
    return draft.table.currency


@kind()
def a_currency_in_a_line_above(draft: Draft) -> None:
    """`All prices in USD`."""
    code = _unnamed(draft)
    line = [draft.random.choice(_LINES).format(code)] + [""] * (len(draft.header) - 1)
    draft.above.insert(0, line if draft.random.random() < 0.5 else line[0])
    if draft.random.random() < 0.5:
        draft.above.insert(0, ["ACME Trading"] + [""] * (len(draft.header) - 1))


@kind()
def a_currency_among_units(draft: Draft) -> None:
    """The line below the header says `CHF` and `Stk`."""
    code = _unnamed(draft)
    units = [""] * len(draft.header)
    units[draft.at("price")] = draft.random.choice((code, f"({code})", f"[{code}]"))
    if draft.random.random() < 0.5:
        units[draft.at("stock")] = draft.random.choice(("pcs", "Stk", "(Stk.)"))
    draft.under.insert(0, units)


@kind()
def a_quantity_among_units(draft: Draft) -> None:
    """The line below the header says `EUR/100 Stk`."""
    code = _unnamed(draft)
    units = [""] * len(draft.header)
    units[draft.at("price")] = f"{code}/100 {draft.random.choice(('Stk', 'pcs', 'St.'))}"
    draft.under.insert(0, units)
    mark = draft.table.language.mark
    draft.retype("price", lambda truth, _: typed_price(str(Decimal(str(truth["price"])) * 100), mark))


@kind()
def currencies_below_a_name_nobody_knows(draft: Draft) -> None:
    """Each row's currency below `Whg.`."""
    draft.drop("currency", known=True)
    draft.currency = ""
    others = [draft.random.choice((draft.table.currency, "USD", "GBP", "CHF")) for _ in draft.rows]
    for truth, code in zip(draft.truth, others, strict=True):
        truth["currency"] = code
    draft.add(draft.random.choice(("Whg.", "Curr", "Wrg", "Mon.", "cur", "CCY")), others)


@kind(doubtful=True)
def prices_of_packs(draft: Draft) -> None:
    """What a carton costs is no price of a piece."""
    draft.header[draft.at("price")] = draft.random.choice(
        ("Case price", "Carton Cost", "Kartonpreis", "Box price", "Price per case")
    )
    for truth in draft.truth:
        truth["price"] = truth["currency"] = None


@kind(doubtful=True)
def stocks_of_packs(draft: Draft) -> None:
    """So many cartons are there."""
    draft.header[draft.at("stock")] = draft.random.choice(("Cases in stock", "Bestand Kartons", "Stock (boxes)", "Stock colis"))
    for truth in draft.truth:
        truth["stock"] = None


@kind(doubtful=True)
def codes_of_packs(draft: Draft) -> None:
    """The code of the carton is not that of the piece."""
    draft.header[draft.at("gtin")] = draft.random.choice(
        ("Carton EAN", "EAN VPE", "Case barcode", "Outer barcode", "GTIN Karton")
    )
    for truth in draft.truth:
        truth["gtin14"] = None


@kind()
def prices_from_quantities_on(draft: Draft) -> None:
    """`1+`, `10+`, `100+` alone are prices."""
    style = draft.random.choice((("1+", "10+", "100+"), ("1-9", "10-99", "100+"), ("ab 1", "ab 10", "ab 100")))
    mark = draft.table.language.mark
    draft.header[draft.at("price")] = style[0]
    for name, share in ((style[1], "0.9"), (style[2], "0.8")):
        draft.add(name, [typed_price(str(Decimal(str(truth["price"])) * Decimal(share)), mark) for truth in draft.truth])


@kind(doubtful=True)
def titles_in_two_languages(draft: Draft) -> None:
    """Which of them the catalogue is in, nobody says."""
    draft.header[draft.at("title")] = "name_de"
    draft.add("name_fr", [f"{truth['title']} (traduit)" for truth in draft.truth], draft.random.randrange(len(draft.header) + 1))
    for truth in draft.truth:
        truth["title"] = None
