"""Words for nothing, markup, lists in a cell, shop systems' columns, articles on several rows."""

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind

_NOTHING = ("NULL", "\\N", "#N/A", "nan", "N/A", "-", "--", "n/a", "None", "null", "(null)", "k. A.", "")


@kind()
def words_for_nothing(draft: Draft) -> None:
    """`NULL`, `\\N`, `#N/A` and `nan` in any column."""
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        for name in ("gtin", "brand", "category", "price", "stock"):
            if draft.random.random() < 0.15:
                row[draft.at(name)] = draft.random.choice(_NOTHING)
                truth[{"gtin": "gtin14"}.get(name, name)] = None


@kind()
def unknown_as_a_brand(draft: Draft) -> None:
    """`unknown` in the list's language is no brand."""
    words = ("unknown", "unbekannt", "inconnu", "неизвестно", "nieznany", "No brand", "ohne Marke", "sans marque", "N/A")
    for row, truth in zip(draft.rows, draft.truth, strict=True):
        if draft.random.random() < 0.3:
            row[draft.at("brand")], truth["brand"] = draft.random.choice(words), None


@kind()
def markup_in_titles(draft: Draft) -> None:
    """Tags of HTML around words."""
    draft.retype("title", lambda truth, number: f"<b>{truth['title']}</b>" if number % 2 else f"<p>{truth['title']}</p>")


@kind()
def separators_of_categories(draft: Draft) -> None:
    """`Tools>Drills`, `Tools|Drills`, `Tools » Drills`."""
    _paths(draft, draft.random.choice((" > ", ">", " » ", " | ", "|", "::")))


@kind()
def slashes_between_categories(draft: Draft) -> None:
    """`Tools / Drills` beside `Tools / Saws`: levels below common roots."""
    mark, language = draft.random.choice((" / ", "/")), draft.table.language
    for truth in draft.truth:
        group, _ = draft.random.choice(language.groups)
        truth["category"] = f"{group} > {draft.random.choice(language.nouns)}"
    draft.retype("category", lambda truth, _: str(truth["category"]).replace(" > ", mark))


@kind(doubtful=True)
def slashes_without_common_roots(draft: Draft) -> None:
    """`Tools/Drills` and `Garden/Hoses`: nobody knows whether these are levels or names such as `AC/DC`."""
    _paths(draft, draft.random.choice((" / ", "/")))


@kind()
def slashes_in_names(draft: Draft) -> None:
    """`Home/Garden` among names without a slash is a name."""
    groups = draft.table.language.groups
    for number, truth in enumerate(draft.truth):
        group, below = groups[number % len(groups)]
        truth["category"] = f"{group}/{below}" if number % 5 == 0 else below
    draft.retype("category", lambda truth, _: str(truth["category"]))


def _paths(draft: Draft, mark: str) -> None:
    for truth in draft.truth:
        group, below = draft.random.choice(draft.table.language.groups)
        truth["category"] = f"{group} > {below}"
    draft.retype("category", lambda truth, _: str(truth["category"]).replace(" > ", mark))


@kind()
def several_categories(draft: Draft) -> None:
    """Two paths in one cell: the first is taken, and that is said."""
    mark = draft.random.choice((", ", "; ", "|"))
    pairs = draft.table.language.groups
    for number, truth in enumerate(draft.truth):
        group, below = pairs[number % len(pairs)]
        truth["category"] = f"{group} > {below}"
        other = " > ".join(pairs[(number + 1) % len(pairs)])
        draft.rows[number][draft.at("category")] = f"{group} > {below}" + (f"{mark}{other}" if number % 3 == 0 else "")


@kind()
def rows_by_language(draft: Draft) -> None:
    """Each article once per language, the second row with another title."""
    english = list(zip([list(row) for row in draft.rows], [dict(truth) for truth in draft.truth], strict=True))
    draft.add("Language", ["de"] * len(draft.rows))
    rows = []
    for row, (_, truth) in zip(draft.rows, english, strict=True):
        other = list(row)
        other[draft.at("title")], other[-1] = f"Translated {truth['title']}", "en"
        rows += [row, other]
    draft.rows = rows
    draft.truth = [one for truth in draft.truth for one in (truth, truth | {"title": f"Translated {truth['title']}"})]


@kind()
def columns_of_woocommerce(draft: Draft) -> None:
    """The header of WooCommerce's export."""
    draft.drop("currency", known=True)
    draft.drop("brand")
    draft.currency = draft.table.currency
    names = {
        "ref": "SKU", "gtin": "GTIN, UPC, EAN, or ISBN", "title": "Name", "category": "Categories", "price": "Regular price",
        "stock": "Stock",
    }  # fmt: skip
    draft.header = [names[name] for name in draft.fields]
    draft.retype("price", lambda truth, _: str(truth["price"]))
    count = len(draft.rows)
    for at, (header, cell) in enumerate(
        (("ID", ""), ("Type", "simple"), ("Published", "1"), ("In stock?", "1"), ("Images", ""), ("Tax status", "taxable"))
    ):
        draft.add(header, [cell or str(900 + number) if header == "ID" else cell for number in range(count)], at)
    draft.delimiter, draft.encoding = ",", "utf-8-sig"


@kind()
def columns_of_google(draft: Draft) -> None:
    """Google Merchant's feed: prices with their currency, availability in words."""
    draft.drop("currency", known=True)
    draft.currency = ""
    names = {
        "ref": "id", "gtin": "gtin", "title": "title", "brand": "brand", "category": "product_type", "price": "price",
        "stock": "availability",
    }  # fmt: skip
    draft.header = [names[name] for name in draft.fields]
    draft.retype("price", lambda truth, _: f"{float(str(truth['price'])):.2f} {truth['currency']}")
    draft.retype("stock", lambda truth, _: "out_of_stock" if truth["stock"] == 0 else "in_stock")
    for truth in draft.truth:
        truth["stock"] = None if truth["stock"] else 0
    draft.add("link", [f"https://shop.example/p/{number}" for number in range(len(draft.rows))])
    draft.add("condition", ["new"] * len(draft.rows))
    draft.delimiter = "\t"
