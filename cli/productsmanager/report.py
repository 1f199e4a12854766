"""What people see of an import and a search. Texts of feeds are never markup."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from productsmanager.jobs import COUNTS, Job

HEADINGS = {"products_created": "new products", "products_changed": "changed products"}
TOP_REASONS = 8
DELIMITERS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", "\x1f": "none, one column"}
MATCHES = {
    "MATCH_GTIN": "GTIN",
    "MATCH_SKU": "SKU",
    "MATCH_MPN": "part number",
    "MATCH_SUPPLIER_REF": "supplier's number",
    "MATCH_TEXT": "words",
    "MATCH_FILTER": "filter",
}
Row = Mapping[str, Any]


def show_recognised(console: Console, job: Job) -> None:
    """How the file is written and which column feeds which field."""
    shape, mapping = json.loads(job["shape"]), json.loads(job["mapping"])
    delimiter = DELIMITERS.get(shape["delimiter"], shape["delimiter"])
    facts = [shape["encoding"], f"delimiter {delimiter}", "header" if shape["header"] else "no header"]
    facts.append(f"{len(shape['columns'])} columns, {shape['rows']:,} rows")
    if marks := sorted(set(shape["decimals"].values())):
        facts.append(f"decimal mark {' and '.join(marks)}")
    if mapping["currency_code"]:
        facts.append(f"currency {mapping['currency_code']}")
    console.print(Text(f"Recognised: {', '.join(facts)}"))
    table = Table("field", "column", title="Mapping", title_justify="left")
    table.add_column("sure", justify="right")
    table.add_column("because")
    for field, choice in mapping["fields"].items():
        table.add_row(field, Text(choice["column"]), f"{choice['confidence']:.0%}", Text(choice["why"]))
    console.print(table)
    for problem in mapping["problems"]:
        console.print(Text(problem, style="yellow"))


def show_plan(console: Console, job: Job, samples: Sequence[tuple[str, Row]]) -> None:
    """What applying would do; `samples` are rows of the plan with their supplier."""
    ledger = job["ledger"]
    counts = ", ".join(f"{ledger[name]:,} {HEADINGS.get(name, name)}" for name in COUNTS if name != "read")
    console.print(Text.assemble(("Plan ", "bold"), (job["plan_hash"][:12], "dim"), f": {ledger['read']:,} read: {counts}"))
    if samples:
        table = Table("supplier", title="Some of its rows", title_justify="left")
        table.add_column("row", justify="right")
        for heading in ("what", "ref", "title", "before -> after"):
            table.add_column(heading)
        for supplier, row in samples:
            kind = row["kind"].removeprefix("KIND_").lower() + (" + product" if row["creates_product"] else "")
            cells = (str(row["row_no"] or ""), kind, Text(row["ref"]), Text(_cut(row["title"])), Text(_changes(row)))
            table.add_row(Text(supplier), *cells)
        console.print(table)
    show_reasons(console, ledger["reasons"])


def show_reasons(console: Console, reasons: Mapping[str, int]) -> None:
    """The most frequent reasons of rejections, skips and warnings."""
    most = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    if not most:
        return
    more = f" and {len(most) - TOP_REASONS} more reasons" if len(most) > TOP_REASONS else ""
    listed = ", ".join(f"{reason} {count:,}" for reason, count in most[:TOP_REASONS])
    console.print(Text(f"Rows rejected, skipped or taken in with a warning: {listed}{more}"))


def show_ledger(console: Console, job: Job) -> None:
    """Rows by outcome, per supplier and together."""
    table = Table("supplier", title="Ledger", title_justify="left")
    for name in COUNTS:
        table.add_column(HEADINGS.get(name, name), justify="right")
    for run in job["runs"]:
        table.add_row(Text(run["supplier_name"]), *(f"{run['ledger'][name]:,}" for name in COUNTS))
    if len(job["runs"]) != 1:
        table.add_row("all", *(f"{job['ledger'][name]:,}" for name in COUNTS), style="bold")
    console.print(table)


def show_hits(console: Console, answer: Mapping[str, Any], query: str) -> None:
    """Products found, and how many there are."""
    table = Table("GTIN", "title", "brand")
    table.add_column("offers", justify="right")
    table.add_column("price", justify="right")
    table.add_column("stock", justify="right")
    table.add_column("found by")
    for hit in answer["hits"]:
        product = hit["product"]
        price = product.get("price")
        table.add_row(
            product["gtin"] or "-",
            Text(product["title"]),
            Text(product["brand"]),
            str(product["offer_count"]),
            f"{_decimal(price['amount'])} {price['currency']}" if price else "-",
            f"{product['stock']:,}" if "stock" in product else "-",
            MATCHES.get(hit["match"], hit["match"]),
        )
    if answer["hits"]:
        console.print(table)
    total = f"{answer['total']:,}{'+' if answer['total_capped'] else ''}"
    console.print(Text(f"{total} products match {query!r}, {len(answer['hits'])} shown."))


def _changes(row: Row) -> str:
    return ", ".join(f"{one['field']} {_value(one.get('before'))} -> {_value(one.get('after'))}" for one in row["changes"])


def _value(value: str | None) -> str:
    return "(empty)" if value is None else _cut(value)


def _cut(text: str, length: int = 40) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _decimal(amount: str) -> str:
    """At least two decimals, and no more zeros behind them."""
    whole, _, decimals = amount.partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
