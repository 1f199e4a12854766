"""What people see of an import and a search. Texts of feeds are never markup."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from chassis.counts import counted
from productsmanager.jobs import COUNTS, ENDING, Job, state_of

# read is the sum of the other outcomes; what is beside them is counted apart.
OUTCOMES = ("read", "created", "updated", "unchanged", "rejected", "skipped")
BESIDE = tuple(name for name in COUNTS if name not in OUTCOMES)
HEADINGS = {"products_created": "new products", "products_changed": "changed products"}
TOP_REASONS = 8
# Columns of a screen that nobody has: as wide as a table would be if it could.
ROOM = 1_000
NOTES = {
    "duplicate_in_file": "of several rows with one reference the last counts",
    "gtin_shared": "several references of this supplier have one GTIN: they are one product, and `pm jobs problems` names them",
    "gtin_exchanged": "another reference of the file brings its old or new GTIN: which article is meant is not certain",
    "gtin_changed": "a known reference has another GTIN; `pm jobs problems` names both, and what its product keeps",
    "ref_several": "a reference names another one in brackets, and is kept as it is typed",
    "stock_contradicted": "another column says that the article can't be had; its stock is kept",
    "our_sku_unknown": "no product has this SKU of ours: GTIN and reference decided",
    "our_sku_conflict": "our SKU is another product's by the GTIN or our own list; `pm jobs problems` tells: nothing is joined",
    "row_of_ties": "the article stands in another row; what this one ties to it is kept",
    "tie_several_skus": "the list ties a supplier's number to several SKUs: to none of them",
    "tie_ref_unknown": "the supplier has no offer of this number: the tie waits for one",
    "tie_supplier_unknown": "no supplier of this name has offers: the ties wait; each name is told once",
    "tie_incomplete": "a supplier's number without the supplier ties nothing",
    "currency_mismatch": "a price names another currency than its row, and was left out",
}
LONGEST_VALUE = 40
DELIMITERS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", "": "none, one column"}
MATCHES = {
    "MATCH_GTIN": "GTIN",
    "MATCH_SKU": "SKU",
    "MATCH_MPN": "MPN",
    "MATCH_SUPPLIER_REF": "supplier ref",
    "MATCH_CODE_BEGINNING": "beginning of a code",
    "MATCH_GTIN_END": "last digits of the GTIN",
    "MATCH_TEXT": "words",
    "MATCH_FILTER": "filter",
}
Row = Mapping[str, Any]


def show_recognised(console: Console, job: Job) -> None:
    """How the file is written and which column feeds which field."""
    layout, mapping = job["layout"], job["field_mapping"]
    delimiter = DELIMITERS.get(layout["delimiter"], layout["delimiter"])
    written = [layout["encoding"], f"delimiter {delimiter}", "header" if layout["header"] else "no header"]
    # A workbook or tree says where its table was found.
    facts = [layout["origin"] or ", ".join(written)]
    facts.append(f"{counted(len(layout['columns']), 'column')}, {counted(layout['rows'], 'row')}")
    if marks := sorted(set(layout["decimal_marks"].values())):
        facts.append(f"decimal mark {' and '.join(map(repr, marks))}")
    if mapping["currency"]:
        facts.append(f"currency {mapping['currency']}")
    elif {choice["field"] for choice in mapping["fields"]} & {"price", "list_price"}:
        facts.append("currency as rows say, else the supplier's usual one")
    console.print(Text(f"Recognised: {', '.join(facts)}"))
    if layout["renamed"]:
        console.print(Text(f"The header repeats itself; renamed: {', '.join(layout['renamed'])}", style="yellow"))
    table = _table("Mapping", "field", "column", "sure", "because", right=("sure",))
    for choice in mapping["fields"]:
        table.add_row(Text(choice["field"]), Text(choice["column"]), f"{choice['confidence']:.0%}", Text(choice["why"]))
    console.print(table)
    used = {choice["column"] for choice in mapping["fields"]}
    if unused := [column for column in layout["columns"] if column not in used]:
        console.print(Text(f"Not used: {', '.join(unused)}. --map FIELD=COLUMN takes one in.", style="dim"))
    # A held job tells them when it is explained.
    for problem in mapping["problems"] if job["state"] != "STATE_HELD" else ():
        console.print(Text(problem, style="yellow"))


def show_plan(console: Console, job: Job, samples: Sequence[tuple[str, Row]]) -> None:
    """What applying would do; `samples` are rows of the plan with their supplier."""
    ledger = job["ledger"]
    headings = HEADINGS | {"products_changed": "products it may change"}
    counts = ", ".join(f"{ledger[name]:,} {headings.get(name, name)}" for name in COUNTS if name != "read")
    console.print(Text.assemble(("Plan ", "bold"), (job["plan_hash"][:12], "dim"), f": {ledger['read']:,} read: {counts}"))
    if samples:
        table = _table("Some of its rows", "supplier", "row", "what", "ref", "title", right=("row",))
        for supplier, row in samples:
            kind = row["kind"].removeprefix("KIND_").lower() + (" + product" if row["creates_product"] else "")
            title = Text(row["title"])
            if row["changes"]:
                title.append(f"\n{_changes(row)}", style="cyan")
            table.add_row(Text(supplier), str(row["row_no"] or ""), kind, Text(row["ref"]), title)
        console.print(table)
    show_reasons(console, ledger["reasons"])


def show_doubts(console: Console, job: Job) -> None:
    """What is not sure about the file; those that hold the job first."""
    if not job["doubts"]:
        return
    table = _table("Not sure", "doubt", "rows", "what", right=("rows",))
    for doubt in sorted(job["doubts"], key=lambda doubt: (not doubt["holds"], doubt["accepted"])):
        what = Text(doubt["message"])
        if doubt["examples"]:
            what.append(f"\n{'; '.join(doubt['examples'][:3])}", style="cyan")
        mark = " (accepted)" if doubt["accepted"] else "" if doubt["holds"] else " (holds nothing up)"
        table.add_row(Text(doubt["name"] + mark), f"{doubt['rows']:,}" if doubt["rows"] else "", what)
    console.print(table)


def show_jobs(console: Console, found: Sequence[Job]) -> None:
    """One line a job: whole where there is room for it, and where no person reads; else what a person needs first."""
    whole = _jobs(found)
    # What is not a terminal has no width of its own.
    room = Measurement.get(console, console.options.update(width=ROOM), whole).maximum
    if not console.is_terminal or room <= console.width:
        Console(file=console.file, width=room, force_terminal=console.is_terminal, highlight=False).print(whole)
        return
    console.print(_jobs_in_short(found))
    console.print(Text("Commands take these last letters of a job's id; `--json` has all of it.", style="dim"))


def _jobs(found: Sequence[Job]) -> Table:
    counts = ("read", "created", "updated")
    table = _table("Import jobs", "job", "state", "since", "supplier", "file", *counts, right=counts)
    for column in table.columns:
        column.no_wrap = True
    for job in found:
        counted_rows = (f"{job['ledger'][name]:,}" for name in counts)
        names = (Text(job["supplier_name"]), Text(job["file_name"]))
        table.add_row(job["id"], state_of(job), f"{_since(job):%Y-%m-%d %H:%M}", *names, *counted_rows)
    return table


def _jobs_in_short(found: Sequence[Job]) -> Table:
    table = _table("Import jobs", "job", "state", "since", "read", "supplier", "file", right=("read",))
    for column in table.columns:
        # A name that is cut says so by its last sign.
        column.no_wrap, column.overflow = True, "ellipsis"
    # What is worth less room than the rest.
    table.columns[-2].ratio, table.columns[-1].ratio = 2, 3
    table.expand = True
    for job in found:
        names = (Text(job["supplier_name"]), Text(job["file_name"]))
        table.add_row(*(job["id"][-ENDING:], state_of(job), f"{_since(job):%m-%d %H:%M}", f"{job['ledger']['read']:,}"), *names)
    return table


def _since(job: Job) -> datetime:
    return datetime.fromisoformat(job["create_time"]).astimezone()


def show_problems(console: Console, found: Sequence[Row]) -> None:
    """One line a row of the file that was not taken in as it stood."""
    table = _table(None, "row", "supplier", "outcome", "reasons", "cells", right=("row",))
    for problem in found:
        outcome = problem["outcome"].removeprefix("OUTCOME_").lower()
        cells = ", ".join(f"{column} {cell!r}" for column, cell in problem["values"].items())
        reasons = ", ".join(problem["reasons"])
        row = f"{problem['row_no']:,}" + (f" (line {problem['line']:,})" if problem.get("line") else "")
        table.add_row(row, Text(problem["supplier_name"]), outcome, reasons, Text(cells))
    console.print(table)


def show_reasons(console: Console, reasons: Mapping[str, int]) -> None:
    """The most frequent reasons of rejections, skips and warnings."""
    most = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    if not most:
        return
    more = f" and {counted(len(most) - TOP_REASONS, 'more reason')}" if len(most) > TOP_REASONS else ""
    listed = ", ".join(f"{reason} {count:,}" for reason, count in most[:TOP_REASONS])
    console.print(Text(f"Rows rejected, skipped or taken in with a warning: {listed}{more}"))
    for reason, note in NOTES.items():
        if reason in reasons:
            console.print(Text(f"{reason}: {note}", style="dim"))


def show_ledger(console: Console, job: Job) -> None:
    """Rows by outcome, and what is counted beside them; per supplier and together."""
    for title, names in (("Ledger: every row read has one outcome", OUTCOMES), ("Beside it", BESIDE)):
        headings = [HEADINGS.get(name, name) for name in names]
        table = _table(title, "supplier", *headings, right=headings)
        for run in job["runs"]:
            table.add_row(Text(run["supplier_name"]), *(f"{run['ledger'][name]:,}" for name in names))
        if len(job["runs"]) != 1:
            table.add_row("all", *(f"{job['ledger'][name]:,}" for name in names), style="bold")
        console.print(table)


def show_hits(console: Console, answer: Mapping[str, Any], query: str) -> None:
    """Products found, and how many there are."""
    right = ("offers", "price", "stock")
    table = _table(None, "GTIN", "title", "brand", "offers", "price", "stock", "found by", right=right)
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
    total = f"{answer['total']:,}"
    if answer["total_capped"]:
        total = f"More than {total} (about {answer['approximate_total']:,})"
    if corrected := answer["corrected_query"]:
        console.print(Text(f"Nothing has the words {query!r}; these are the results for {corrected!r}."))
        query = corrected
    products = "product matches" if answer["total"] == 1 else "products match"
    console.print(Text(f"{total} {products} {query!r}, {len(answer['hits'])} shown."))


def _table(title: str | None, *headings: str, right: Sequence[str] = ()) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for heading in headings:
        # Numbers and codes are never cut: texts give way.
        narrow = heading in right or heading in ("GTIN", "ref", "job", "doubt")
        table.add_column(heading, justify="right" if heading in right else "left", no_wrap=narrow)
    return table


def _changes(row: Row) -> str:
    return ", ".join(f"{one['field']} {_value(one, 'before')} -> {_value(one, 'after')}" for one in row["changes"])


def _value(change: Row, side: str) -> str:
    value: str | None = change.get(side)
    if value is None:
        return "(empty)"
    if change["field"] in ("price", "list_price"):
        return _decimal(value)
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"


def _decimal(amount: str) -> str:
    """At least two decimals, and no more zeros behind them."""
    whole, _, decimals = amount.partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
