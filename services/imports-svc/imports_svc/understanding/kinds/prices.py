"""Ways to write prices: marks, groups, digits, quantities, taxes, and what is no price."""

from decimal import Decimal

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.tables import money


@kind()
def thousands(draft: Draft) -> None:
    """Every way to group thousands, beside prices with decimals."""
    mark, grouped = draft.random.choice(
        ((",", "."), (".", ","), (",", " "), (",", "\xa0"), (",", "\u202f"), (".", "'"), (".", "’"), (".", " "), (".", "_"))
    )
    draft.retype("price", lambda truth, _: typed_price(str(truth["price"]), mark, grouped=grouped))


@kind()
def lakh(draft: Draft) -> None:
    """`1,23,456.50`."""
    for truth in draft.truth:
        truth["price"] = money(Decimal(draft.random.randrange(1_000, 99_999_999)) / 100)
    draft.retype("price", lambda truth, _: _indian(Decimal(str(truth["price"]))))


def _indian(amount: Decimal) -> str:
    whole, _, cents = f"{amount:.2f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail]) + f".{cents}"


@kind()
def whole_amounts(draft: Draft) -> None:
    """`12,-`, `12.–`, `12,00` and `12` are the same."""
    style = draft.random.choice(("{},-", "{},--", "{}.-", "{},–", "{}.—", "{}"))
    for truth in draft.truth:
        truth["price"] = str(draft.random.randrange(1, 999))
    draft.retype("price", lambda truth, _: style.format(truth["price"]))


@kind(doubtful=True)
def numbers_to_be_read_two_ways(draft: Draft) -> None:
    """`1.250` only: nobody knows whether it is 1.25 or 1250."""
    mark, thousand = draft.random.choice((".", ",")), draft.random.random() < 0.5
    for truth in draft.truth:
        number = draft.random.randrange(1_001, 99_999)
        truth["price"] = str(number) if thousand else money(Decimal(number) / 1000)
    draft.retype(
        "price",
        lambda truth, _: (
            f"{truth['price']:0>4}"[:-3] + mark + str(truth["price"])[-3:]
            if thousand
            else f"{Decimal(str(truth['price'])):.3f}".replace(".", mark)
        ),
    )


@kind()
def three_decimals(draft: Draft) -> None:
    """Prices with three decimals, one of which shows it."""
    mark = draft.table.language.mark
    for number, truth in enumerate(draft.truth):
        truth["price"] = money(
            Decimal(draft.random.randrange(1, 900) if number % 2 else draft.random.randrange(1_001, 9_999)) / 1000
        )
    draft.retype("price", lambda truth, _: f"{Decimal(str(truth['price'])):.3f}".replace(".", mark))


@kind()
def digits_of_other_scripts(draft: Draft) -> None:
    """Persian, Arabic and full-width digits."""
    zero, mark, grouped = draft.random.choice(((0x06F0, "٫", "٬"), (0x0660, "٫", "٬"), (0xFF10, ".", "")))

    def typed(price: str) -> str:
        text = typed_price(price, mark, grouped=grouped)
        return "".join(chr(zero + int(letter)) if letter.isdigit() and letter.isascii() else letter for letter in text)

    draft.retype("price", lambda truth, _: typed(str(truth["price"])))


@kind()
def price_for_a_quantity_in_the_header(draft: Draft) -> None:
    """`Preis per 100`."""
    quantity = draft.random.choice((100, 1000))
    draft.header[draft.at("price")] = draft.random.choice(
        ("Preis per {}", "Price per {}", "Prix par {}", "Preis pro {} Stück")
    ).format(quantity)
    draft.retype("price", lambda truth, _: typed_price(str(Decimal(str(truth["price"])) * quantity), draft.table.language.mark))


@kind()
def price_for_a_quantity_in_a_column(draft: Draft) -> None:
    """A column says for how many pieces a price is."""
    quantities = [draft.random.choice((1, 1, 100, 1000)) for _ in draft.rows]
    mark = draft.table.language.mark
    draft.retype("price", lambda truth, number: typed_price(str(Decimal(str(truth["price"])) * quantities[number]), mark))
    draft.add(draft.random.choice(("Preiseinheit", "PE", "Price unit", "Unité de prix")), list(map(str, quantities)))


@kind()
def net_and_gross(draft: Draft) -> None:
    """Two prices: the one without tax is what we pay."""
    names = draft.random.choice(
        (
            ("Preis netto", "Preis brutto"),
            ("Prix HT", "Prix TTC"),
            ("Price excl. VAT", "Price incl. VAT"),
            ("Cena netto", "Cena brutto"),
        )
    )
    mark = draft.table.language.mark
    gross = [typed_price(str(Decimal(str(truth["price"])) * Decimal("1.2")), mark) for truth in draft.truth]
    draft.header[draft.at("price")] = names[0]
    draft.add(names[1], gross, draft.random.randrange(len(draft.header) + 1))


@kind(doubtful=True)
def gross_only(draft: Draft) -> None:
    """Nobody knows the price without tax."""
    draft.header[draft.at("price")] = draft.random.choice(
        ("Preis brutto", "Prix TTC", "Price incl. VAT", "Cena brutto", "Preis inkl. MwSt.")
    )
    for truth in draft.truth:
        truth["price"] = truth["currency"] = None


@kind()
def negative_prices(draft: Draft) -> None:
    """Credits and rebates are no prices."""
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.08:
            cell = row[draft.at("price")]
            row[draft.at("price")] = draft.random.choice((f"-{cell}", f"({cell})", f"{cell}-", f"−{cell}"))
            truth["price"] = None


@kind(doubtful=True)
def discounts_beside_a_price(draft: Draft) -> None:
    """Whether the price is before the discount is not said."""
    draft.header[draft.at("price")] = "Price"
    draft.add(
        draft.random.choice(("Discount %", "Rabatt", "Remise %")), [draft.random.choice(("10", "20", "35%")) for _ in draft.rows]
    )
    for truth in draft.truth:
        truth["price"] = None


@kind()
def prices_with_notes(draft: Draft) -> None:
    """An asterisk behind some prices."""
    for row in draft.rows:
        if draft.random.random() < 0.3:
            row[draft.at("price")] += draft.random.choice(("*", " *"))


@kind()
def prices_in_words(draft: Draft) -> None:
    """`auf Anfrage` is no price."""
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.08:
            row[draft.at("price")] = draft.random.choice(("auf Anfrage", "call", "on request", "prix sur demande", "TBD", "ask"))
            truth["price"] = None
