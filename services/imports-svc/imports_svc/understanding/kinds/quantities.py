"""Stocks in words, bounds and units."""

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind


@kind()
def stock_in_words(draft: Draft) -> None:
    """`nicht lieferbar` is 0; how many `auf Lager` are is not known."""
    language = draft.table.language
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.6:
            gone = draft.random.random() < 0.5
            said = draft.random.choice(language.none if gone else language.some)
            row[draft.at("stock")] = draft.random.choice((said, said.upper(), said.capitalize()))
            truth["stock"] = 0 if gone else None


@kind()
def stock_at_least(draft: Draft) -> None:
    """`>100` and `50+` count as 100 and 50."""
    style = draft.random.choice((">{}", "> {}", "{}+", ">={}", "≥ {}", "min. {}", "more than {}", "über {}", "{} +"))
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if truth["stock"] and draft.random.random() < 0.5:
            row[draft.at("stock")] = style.format(truth["stock"])


@kind()
def stock_at_most(draft: Draft) -> None:
    """Fewer than ten are an unknown number."""
    style = draft.random.choice(("<{}", "< {}", "<= {}", "~{}", "ca. {}", "about {}", "under {}"))
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.5:
            row[draft.at("stock")] = style.format(10)
            truth["stock"] = None


@kind(doubtful=True)
def stock_as_a_range(draft: Draft) -> None:
    """`10-50` is an unknown number, and many of them are a doubt about the column."""
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.5:
            row[draft.at("stock")] = draft.random.choice(("10-50", "10 - 50", "1-9", "11–20"))
            truth["stock"] = None


@kind()
def stock_with_units(draft: Draft) -> None:
    """`12 pcs`, `12 Stk.`."""
    unit = draft.random.choice((" pcs", " Stk.", "pcs", " шт", " szt.", " ks", " pz", " 個", " unités", " in stock"))
    draft.retype("stock", lambda truth, _: f"{truth['stock']}{unit}")


@kind()
def stock_with_decimals(draft: Draft) -> None:
    """`5,000` of SAP is five: all have three decimals, some with a fraction that says so."""
    mark, decimals = draft.table.language.mark, draft.random.choice((1, 2))
    draft.retype("stock", lambda truth, _: f"{truth['stock']}{mark}{'0' * decimals}")


@kind(doubtful=True)
def stock_with_three_decimals(draft: Draft) -> None:
    """`5,000` of SAP is five, or five thousand."""
    mark = draft.table.language.mark
    draft.retype("stock", lambda truth, _: f"{truth['stock']}{mark}000")


@kind()
def stock_in_thousands(draft: Draft) -> None:
    """`1.250` beside `12.500` and prices with decimals: the language's grouping."""
    mark = {",": ".", ".": ","}[draft.table.language.mark]
    for truth in draft.truth:
        truth["stock"] = draft.random.randrange(1_000, 90_000)
    draft.retype("stock", lambda truth, _: f"{truth['stock']:,}".replace(",", mark))


@kind()
def negative_stock(draft: Draft) -> None:
    """Sold more than there was: no number of articles."""
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.08:
            row[draft.at("stock")] = draft.random.choice(("-3", "−2", "(4)", "5-"))
            truth["stock"] = None


@kind(doubtful=True)
def stock_as_a_flag(draft: Draft) -> None:
    """1 and 0 below `Available` say yes and no."""
    draft.header[draft.at("stock")] = draft.random.choice(("Available", "In stock", "Verfügbar", "Disponible"))
    for truth in draft.truth:
        truth["stock"] = 0 if truth["stock"] == 0 else None
    draft.retype("stock", lambda truth, _: "0" if truth["stock"] == 0 else "1")


@kind()
def y_and_n(draft: Draft) -> None:
    """Y and N."""
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        row[draft.at("stock")] = "N" if truth["stock"] == 0 else "Y"
        truth["stock"] = None if truth["stock"] else 0
