"""How well the search finds: labelled queries over real suppliers' titles, asked of a fresh stack that holds all of them."""

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from chassis.counts import counted
from productsmanager import jobs
from productsmanager.bench.bed import Bed, Notify, bed
from productsmanager.bench.figure import Figure
from productsmanager.errors import ProductsManagerError
from productsmanager.jobs import Feed

SHOWN = 5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Source:
    """A feed of the folder of real feeds. `key`, `title` and `code`: its columns by name, or by number without a header."""

    path: str
    supplier: str
    key: str
    title: str
    code: str = ""
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    mapping: dict[str, str] = field(default_factory=dict)

    def rows(self, folder: Path) -> Iterator[tuple[str, str, str]]:
        """Key, title and barcode of every row; without a column of barcodes these are empty."""
        content = (folder / self.path).read_bytes()
        text = (gzip.decompress(content) if self.path.endswith(".gz") else content).decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, quoting=self.quoting)  # type: ignore[arg-type]
        header = [] if self.key.isdigit() else next(lines)
        columns = [int(name) if name.isdigit() else header.index(name) for name in (self.key, self.title, self.code) if name]
        for line in lines:
            key, title, *code = (line[column] for column in columns)
            yield key, title, "".join(code)


SOURCES = (
    Source("01_uhtt_barcodes_ru/uhtt.tsv.gz", "UHTT", "ID", "Name", "UPCEAN", "\t", csv.QUOTE_NONE),
    Source(
        *("02_bdpm_fr/2021-01_CIS_bdpm.txt", "BDPM", "0", "1", "", "\t", csv.QUOTE_NONE),
        mapping={"ref": "column_1", "title": "column_2"},
    ),
    Source("04_cijene_hr_products/products_dev.csv", "Cijene", "barcode", "name", "barcode"),
    Source(
        *("05_israeli_supermarket_prices/israeli_prices_2026-08-09.csv.gz", "Israel", "ברקוד", "שם מוצר", "ברקוד"),
        mapping={"supplier": "רשת"},
    ),
    Source("07_goodbooks_isbn/books.csv", "Goodbooks", "book_id", "title"),
)


class Label(NamedTuple):
    """A query and the product it is meant to find: the row of a feed with this key."""

    kind: str
    path: str
    key: str
    query: str


def labels(path: Path) -> list[Label]:
    """The labelled set: tab-separated, with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Label(*row) for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]]


def measure(labelled: Sequence[Label], folder: Path, data: Path | None, notify: Notify) -> Iterator[Figure]:
    """One figure a kind: the share of queries whose product is the first hit, and among the first five.

    A product is found by its title; one of several with equal titles is as good as the other. `folder` holds the feeds.
    Raises ProductsManagerError when a label's row is not there.
    """
    titles = expected(labelled, folder)
    with bed(data, 0, notify) as stack:
        for source in SOURCES if data is None else ():
            _import(stack, source, folder)
        ranks = {label: _rank(stack, label.query, titles[label]) for label in labelled}
    for kind in dict.fromkeys(label.kind for label in labelled):
        asked = {label: rank for label, rank in ranks.items() if label.kind == kind}
        missed = [f"{kind}: {label.query!r} did not find {titles[label]!r}" for label, rank in asked.items() if rank is None]
        for sentence in missed:
            notify(sentence)
        first = sum(rank == 1 for rank in asked.values()) / len(asked)
        told = {"name": f"quality-{kind}", "value": round(first, 3), "unit": "hit@1", "target": None}
        shown = sum(rank is not None for rank in asked.values()) / len(asked)
        yield told | {"hit_at_1": round(first, 3), "hit_at_5": round(shown, 3), "queries": len(asked)}


def expected(labelled: Sequence[Label], folder: Path) -> dict[Label, str]:
    """The title each query is meant to find. Raises ProductsManagerError when a row or a file is not there."""
    titles: dict[tuple[str, str], str] = {}
    for source in SOURCES:
        if not (folder / source.path).is_file():
            raise ProductsManagerError(f"{folder / source.path} is not there: name the folder of feeds with --data-dir")
        titles |= {(source.path, key): title for key, title, _ in source.rows(folder)}
    found = {label: titles.get((label.path, label.key)) for label in labelled}
    if lost := [label for label, title in found.items() if title is None]:
        raise ProductsManagerError(f"{lost[0].path} has no row {lost[0].key}: the feeds are not those of the labels")
    return {label: title for label, title in found.items() if title is not None}


def words(title: str) -> tuple[str, ...]:
    """What of a title is compared."""
    return tuple(_WORD.findall(title.casefold()))


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| kind | queries | hit@1 | hit@5 |", "|---|--:|--:|--:|"]
    for figure in figures:
        kind = figure["name"].removeprefix("quality-")
        lines.append(f"| {kind} | {figure['queries']} | {figure['hit_at_1']:.1%} | {figure['hit_at_5']:.1%} |")
    return "\n".join(lines)


def _import(stack: Bed, source: Source, folder: Path) -> None:
    feed = Feed(folder / source.path, source.supplier, source.mapping, auto_apply=True)
    job = jobs.upload(stack.gateway, feed)
    for heard in jobs.follow(stack.gateway, job["id"]):
        job = heard
    if jobs.state_of(job) != "applied":
        raise ProductsManagerError(f"{source.path} ended as {jobs.state_of(job)}: {job['failure_message'] or job['hold_reason']}")
    stack.notify(f"{source.path}: {counted(job['ledger']['read'], 'row')}")


def _rank(stack: Bed, query: str, title: str) -> int | None:
    """Where the product stands among the first hits, from 1; None when it is not there."""
    hits = stack.gateway.get("/products:search", query=query, page_size=SHOWN)["hits"]
    found = [words(hit["product"]["title"]) == words(title) for hit in hits]
    return found.index(True) + 1 if True in found else None
