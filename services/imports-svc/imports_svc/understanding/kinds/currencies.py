"""Currencies: beside prices, in headers, in columns."""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple, TypeVar

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.tables import Table, make

_One = TypeVar("_One")


class Sign(NamedTuple):
    """How prices of a currency are written: its sign, whether it stands behind the number, and the decimal mark."""

    sign: str
    code: str
    behind: bool
    mark: str


def _signs(text: str) -> list[Sign]:
    found = (entry.split() for entry in text.split("|"))
    return [Sign(sign, code, place == "behind", mark) for sign, code, place, mark in found]


_SIGNS = _signs(
    "€ EUR behind , | € EUR before . | £ GBP before . | zł PLN behind , | Kč CZK behind , | Ft HUF behind , |"
    "лв BGN behind , | ₽ RUB behind , | ₴ UAH behind , | грн UAH behind , | ₺ TRY behind , | TL TRY behind , |"
    "₪ ILS before . | ₹ INR before . | ฿ THB before . | ₫ VND behind , | Rp IDR before , | RM MYR before . |"
    "R$ BRL before , | ₩ KRW before . | US$ USD before . | A$ AUD before . | HK$ HKD before . |"
    "NZ$ NZD before . | ₦ NGN before . | ₱ PHP before . | ₸ KZT behind , | ₾ GEL behind , | 円 JPY behind . |"
    "元 CNY behind . | KSh KES before . | Fr. CHF before . | SFr. CHF before . | S/ PEN before . | "
    "ден MKD behind , | kn HRK behind , | NT$ TWD before . | ৳ BDT before ."
)
# Signs of several currencies, with one they may stand for.
_SHARED = _signs(
    "kr SEK behind , | kr DKK behind , | $ USD before . | $ CAD before . | ¥ JPY before . | ¥ CNY before . |"
    "Rs PKR before . | Rs. INR before . | din RSD behind , | руб. RUB behind , | R ZAR before . | Fr CHF before . |"
    "lei MDL behind , | lei RON behind , | Dh MAD behind ,"
)
_CODES = """
EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN RSD TRY RUB UAH ILS INR JPY CNY KRW THB VND IDR MYR SGD PHP AUD
NZD CAD BRL MXN CLP COP PEN ZAR NGN KES EGP MAD AED SAR QAR KWD KZT GEL ISK TWD HKD PKR BDT LKR
""".split()  # noqa: SIM905


def _in(choices: Sequence[_One], currency: Callable[[_One], str]) -> Callable[[Random], Table]:
    return lambda random: make(random, currency=currency(random.choice(choices)))


def _bare(draft: Draft, currency: str = "") -> None:
    """No column says the currency; the person says `currency`."""
    draft.drop("currency", known=True)
    draft.currency = currency


def _signed(draft: Draft, sign: str, *, behind: bool, mark: str, share: float = 1.0) -> None:
    blank = draft.random.choice(("", " ", "\xa0"))
    grouped = draft.random.random() < 0.5

    def typed(price: str) -> str:
        number = typed_price(price, mark, grouped=grouped)
        return f"{number}{blank}{sign}" if behind else f"{sign}{blank}{number}"

    draft.retype(
        "price",
        lambda truth, _: typed(str(truth["price"])) if draft.random.random() < share else typed_price(str(truth["price"]), mark),
    )


@kind(table=_in(_SIGNS, lambda one: one.code))
def signs_of_currencies(draft: Draft) -> None:
    """A sign beside each price, and nobody says the currency otherwise."""
    sign, _, behind, mark = draft.random.choice([one for one in _SIGNS if one.code == draft.table.currency])
    _bare(draft)
    _signed(draft, sign, behind=behind, mark=mark)


@kind(table=_in(_SHARED, lambda one: one.code))
def shared_signs_with_the_currency_said(draft: Draft) -> None:
    """`kr` in a list that is said to be in SEK."""
    sign, code, behind, mark = draft.random.choice([one for one in _SHARED if one.code == draft.table.currency])
    _bare(draft, code)
    _signed(draft, sign, behind=behind, mark=mark)


@kind(doubtful=True, table=_in(_SHARED, lambda one: one.code))
def shared_signs(draft: Draft) -> None:
    """`kr`, and nobody says of which country."""
    sign, _, behind, mark = draft.random.choice([one for one in _SHARED if one.code == draft.table.currency])
    _bare(draft)
    _signed(draft, sign, behind=behind, mark=mark)


@kind(table=_in(_CODES, str))
def codes_of_currencies(draft: Draft) -> None:
    """`12,50 SEK` or `SEK 12,50`."""
    _bare(draft)
    code = draft.table.currency
    # In small letters `try` is a word.
    written = code if code == "TRY" else draft.random.choice((code, code, code.lower()))
    _signed(draft, written, behind=draft.random.random() < 0.5, mark=draft.table.language.mark)


@kind(table=_in(_CODES, str))
def currency_in_the_header(draft: Draft) -> None:
    """`Price (SEK)`."""
    _bare(draft)
    at = draft.at("price")
    draft.header[at] = draft.random.choice(("{} ({})", "{} {}", "{} [{}]", "{} in {}")).format(
        draft.header[at], draft.table.currency
    )


@kind(table=_in(_CODES, str))
def currency_in_a_column(draft: Draft) -> None:
    """Rows in two currencies, each with its code."""
    _bare(draft)
    other = draft.random.choice(_CODES)
    for truth in draft.truth:
        truth["currency"] = draft.random.choice((draft.table.currency, other))
    draft.add("Currency", [str(truth["currency"]) for truth in draft.truth], name="currency")


@kind()
def a_foreign_price_among_others(draft: Draft) -> None:
    """One price names another currency than the list."""
    _bare(draft, draft.table.currency)
    chosen = draft.random.randrange(len(draft.rows))
    code = "USD" if draft.table.currency != "USD" else "EUR"
    draft.truth[chosen]["currency"] = code
    draft.rows[chosen][draft.at("price")] += f" {code}"


@kind(doubtful=True)
def a_currency_nobody_knows(draft: Draft) -> None:
    """Toman, old marks, and made-up signs never become the list's currency."""
    _bare(draft)
    _signed(draft, draft.random.choice(("toman", "DM", "₿", "Pts", "xyz")), behind=True, mark=".")
    for truth in draft.truth:
        truth["price"] = truth["currency"] = None
