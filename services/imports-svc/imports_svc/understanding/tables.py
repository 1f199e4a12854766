"""Clean tables with known truth, as suppliers in a dozen languages would write them."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from imports_svc.understanding.languages import LANGUAGES, Language

Truth = dict[str, str | int | None]
"""What the catalogue should be told of one article, field by field, as `clean.ACCEPTED` writes it."""
FIELDS = ("ref", "gtin14", "title", "brand", "category", "price", "currency", "stock")
_PREFIXES = (
    "400",
    "401",
    "426",
    "301",
    "376",
    "500",
    "501",
    "590",
    "594",
    "859",
    "385",
    "460",
    "482",
    "729",
    "520",
    "560",
    "690",
    "880",
)
_FEWEST, _MOST = 5, 60
_BRANDS = (
    "Bosch", "Makita", "Grohe", "Müller", "L'Oréal", "Škoda", "Philips", "Citroën", "Rössle", "Sony", "Bahco", "Œuvre", "3M",
    "Zelmer", "Ångström", "Peñaflor", "Dremel", "Nestlé", "O'Neill", "Black & Decker",
)  # fmt: skip
# Names that letters of one byte in Western Europe or Cyrillic cannot write are left out for these.
_SIZES = ("10 mm", "2,5 l", "500 g", "M8x60", "1/2 inch", "16 GB", "3 m", "XL", "230 V", "4-pack", "100%", "0.75 kW", "n° 5")


@dataclass(frozen=True)
class Table:
    """Articles with the language their list is in, and the currency of its prices."""

    language: Language
    currency: str
    truth: tuple[Truth, ...]
    headers: dict[str, str] = field(default_factory=dict)


def make(random: Random, *, currency: str | None = None, language: str | None = None, rows: int | None = None) -> Table:
    """A table of 5 to 60 articles; `currency` and `language` as asked or by chance."""
    spoken = LANGUAGES[language or random.choice(sorted(LANGUAGES))]
    height = rows or random.randint(_FEWEST, _MOST)
    codes = _codes(random, height)
    refs = _refs(random, height)
    paths = random.random() < 0.4
    truth = tuple(_article(random, spoken, ref, code, paths=paths) for ref, code in zip(refs, codes, strict=True))
    said = currency or spoken.currency
    for article in truth:
        article["currency"] = said
    headers = {name: random.choice(names) for name, names in spoken.headers.items()}
    return Table(spoken, said, truth, headers)


def check_digit(digits: str) -> str:
    """The check digit of a GTIN whose other digits these are."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def money(amount: Decimal) -> str:
    """An amount as the catalogue is told it."""
    return f"{amount.normalize():f}"


def _codes(random: Random, height: int) -> list[str]:
    found: set[str] = set()
    while len(found) < height:
        digits = random.choice(_PREFIXES) + f"{random.randrange(10**9):09d}"
        found.add(f"0{digits}{check_digit(digits)}")
    return random.sample(sorted(found), height)


def _refs(random: Random, height: int) -> list[str]:
    first = random.randrange(1, 90_000)
    numbers = random.sample(range(first, first + 9 * height), height)
    style = random.choice(("A-{:05d}", "{:06d}", "ART{:04d}", "{:d}/B", "KT INS{:d}", "{:05d}.X"))
    return [style.format(number) for number in numbers]


def _article(random: Random, spoken: Language, ref: str, code: str, *, paths: bool) -> Truth:
    words = (
        [random.choice(spoken.adjectives), random.choice(spoken.nouns)]
        if random.random() < 0.7
        else [random.choice(spoken.nouns)]
    )
    title = " ".join([*words, random.choice(_SIZES), f"{random.choice('ABCDEFGH')}{random.randrange(100, 9999)}"])
    group, below = random.choice(spoken.groups)
    amount = Decimal(
        random.choice((random.randrange(50, 9_999), random.randrange(10_000, 99_999), random.randrange(100_000, 2_499_999)))
    )
    return {
        "ref": ref,
        "gtin14": code,
        "title": title[0].upper() + title[1:],
        "brand": random.choice(_BRANDS),
        "category": f"{group} > {below}" if paths else group,
        "price": money(amount / 100),
        "stock": random.choice((0, random.randrange(1, 10), random.randrange(10, 900))),
    }
