"""XML of any form."""

from html import escape

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.records import element, names_of, records_of, value_of, written_as


def _tree(draft: Draft, entries: list[str], encoding: str = "UTF-8") -> str:
    """Records below one or two elements, beside what describes the file."""
    random = draft.random
    body = "\n".join(entries)
    head = random.choice(
        ("", "<created>2026-11-30T10:00:00</created>", "<header><supplier>ACME</supplier><count>9</count></header>")
    )
    inner = random.choice(("{}", "<products>{}</products>", "<shop><items>{}</items></shop>")).format(body)
    return f'<?xml version="1.0" encoding="{encoding}"?>\n<catalog>{head}{inner}</catalog>\n'


@kind()
def xml_elements(draft: Draft) -> None:
    """An element for each field."""
    names, random = names_of(draft), draft.random
    cdata = random.random() < 0.3
    entries = [
        "<product>"
        + "".join(element(said, value, cdata=cdata and said == names["title"]) for said, value in record.items())
        + "</product>"
        for record in records_of(draft, names)
    ]
    written_as(draft, "xml", lambda made: _tree(made, entries))


@kind()
def xml_attributes(draft: Draft) -> None:
    """Everything in attributes, or codes alone."""
    names = names_of(draft)
    inside = set(names) if draft.random.random() < 0.5 else {"ref", "gtin"}
    entries = []
    for truth in draft.truth:
        given = "".join(f' {names[name]}="{escape(str(value_of(name, truth)))}"' for name in names if name in inside)
        parts = "".join(element(names[name], value_of(name, truth)) for name in names if name not in inside)
        entries.append(f"<item{given}>{parts}</item>")
    written_as(draft, "xml", lambda made: _tree(made, entries))


@kind()
def xml_in_other_encodings(draft: Draft) -> None:
    """Declared and written in a code page, in UTF-16, or declared as UTF-8 and written in a code page."""
    names, random = names_of(draft), draft.random
    page = random.choice([page for page in draft.table.language.codepages if page.startswith("cp12")] or ["utf-16"])
    declared = "UTF-8" if page != "utf-16" and random.random() < 0.3 else page.replace("cp", "windows-")
    for truth in draft.truth:
        for name in ("title", "brand", "category"):
            truth[name] = str(truth[name]).encode(page, "ignore").decode(page)
    entries = ["<product>" + "".join(element(*pair) for pair in one.items()) + "</product>" for one in records_of(draft, names)]
    written_as(draft, "xml", lambda made: _tree(made, entries, declared), page)


@kind()
def xml_with_namespaces_and_lists(draft: Draft) -> None:
    """Prefixes, several pictures of a product, features as name and value, prices with their currency as an attribute."""
    draft.currency = ""
    entries = []
    for number, truth in enumerate(draft.truth):
        pictures = "".join(f"<g:picture>https://shop.example/{number}/{at}.jpg</g:picture>" for at in range(number % 3 + 1))
        features = f'<param name="Colour">red</param><param name="Weight">{number} kg</param>'
        entries.append(
            f'<g:offer id="{escape(str(truth["ref"]))}"><g:barcode>{value_of("gtin", truth)}</g:barcode>'
            f"{element('g:name', truth['title'])}{element('g:brand', truth['brand'])}"
            f"{element('g:category', truth['category'])}"
            f'<g:price currency="{truth["currency"]}">{truth["price"]}</g:price><g:stock>{truth["stock"]}</g:stock>'
            f"{pictures}{features}</g:offer>"
        )
    head = '<?xml version="1.0"?><catalog xmlns:g="http://shop.example/ns">'
    written_as(draft, "xml", lambda _: f"{head}<g:offers>{''.join(entries)}</g:offers></catalog>")


@kind(doubtful=True)
def xml_with_several_prices_and_stocks(draft: Draft) -> None:
    """A record has its price by type or its stock by place: which of them is meant, an attribute says that nobody knows."""
    names, random = names_of(draft), draft.random
    several = random.choice([name for name in ("price", "stock") if name in names])
    kinds = {"price": ("type", ("rrp", "net")), "stock": ("place", ("HH", "M"))}[several]
    backwards = random.random() < 0.5
    entries = []
    for truth in draft.truth:
        other = "99999.50" if several == "price" else "99999"
        said = [(kinds[1][0], other), (kinds[1][1], str(truth[several]))]
        parts = "".join(
            f'<{names[several]} {kinds[0]}="{what}">{value}</{names[several]}>'
            for what, value in (said[::-1] if backwards else said)
        )
        others = "".join(element(names[name], value_of(name, truth)) for name in names if name != several)
        entries.append(f"<product>{others}{parts}</product>")
    written_as(draft, "xml", lambda made: _tree(made, entries))
