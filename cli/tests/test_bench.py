"""The generator of the benchmarks and their client."""

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from productsmanager.bench.dialect import DIALECTS, PLAIN, Dialect
from productsmanager.bench.generate import EAN, LAST_DELISTING, PRICE, REF, STOCK, TITLE, Catalogue, Row, check_digit
from productsmanager.bench.http import Load, Request, load

ROWS = 4_500


def _offers(catalogue: Catalogue) -> dict[str, Row]:
    """What is left of a feed: by reference, the last row of each."""
    return {row[REF]: row for row in catalogue.feed() if row[REF]}


def _is_gtin(code: str) -> bool:
    return code.isdigit() and check_digit(code[:-1]) == code[-1]


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(404 if self.path == "/missing" else 200, self.path)

    def do_PATCH(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(200, f"{self.headers['Content-Type']} {content}")

    def _answer(self, status: int, told: str) -> None:
        body = f"{told} {self.headers['Authorization']} {'x' * 100_000}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as listening:
        listening.daemon_threads = True
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def test_a_feed_is_the_same_everywhere(tmp_path: Path) -> None:
    PLAIN.write(tmp_path / "feed.csv", Catalogue(ROWS).feed())
    digest = hashlib.sha256((tmp_path / "feed.csv").read_bytes()).hexdigest()
    assert digest == "f0674adc328027c6a40cb0ecd5fffb8773a95b17c7ed6ce1fe322cce1cee515f"


def test_a_revision_changes_two_percent_and_says_how_many() -> None:
    before = Catalogue(ROWS)
    for _ in range(2):
        after = before.revised()
        pairs = zip(_offers(before).items(), _offers(after).items(), strict=True)
        changed = [ref for (ref, old), (same, new) in pairs if ref == same and old != new]
        assert len(changed) == after.changed
        assert 0.01 < len(changed) / ROWS < 0.03
        before = after


def test_dirt_is_counted() -> None:
    catalogue = Catalogue(ROWS)
    rows = list(catalogue.feed())
    refs = [row[REF] for row in rows if row[REF]]
    assert len(rows) == ROWS
    assert len(rows) - len(refs) == catalogue.rejected == 3
    assert len(refs) - len(set(refs)) == catalogue.skipped == 3
    broken = [row[EAN] for row in rows if row[EAN] and (not row[EAN].isdigit() or check_digit(row[EAN][:-1]) != row[EAN][-1])]
    assert len(broken) == 6
    assert [row[TITLE] for row in rows if catalogue.marker in row[TITLE]] == [rows[-1][TITLE]]


def test_any_row_can_be_had_alone() -> None:
    catalogue = Catalogue(ROWS).revised().repriced()
    rows = list(catalogue.feed())
    assert all(catalogue.row(index) == rows[index] for index in range(0, ROWS, 7))


def test_suppliers_share_nothing() -> None:
    one, other = ({row[column] for row in Catalogue(500, number).feed() for column in (REF, EAN)} for number in (1, 2))
    assert one & other == {""}


def test_a_partner_shares_seventy_percent_of_the_products_only() -> None:
    first, partner = Catalogue(ROWS), Catalogue(ROWS, 2, partner_of=1)
    known = {row[EAN] for row in _offers(first).values() if _is_gtin(row[EAN])}
    shared = [row for row in _offers(partner).values() if row[EAN] in known]
    assert partner.offers - len(shared) == partner.own_products
    assert 0.69 < len(shared) / ROWS < 0.71
    titles = {row[EAN]: row[TITLE] for row in _offers(first).values()}
    assert sum(titles[row[EAN]] == row[TITLE] for row in shared) < 0.01 * len(shared)
    assert not _offers(first).keys() & _offers(partner).keys()


def test_a_repricing_changes_every_price_and_stock() -> None:
    before, after = Catalogue(ROWS).revised(), Catalogue(ROWS).revised().repriced()
    old, new = _offers(before), _offers(after)
    assert old.keys() == new.keys()
    assert all(old[ref][PRICE] != new[ref][PRICE] or old[ref][PRICE] == "on request" for ref in old)
    assert all(old[ref][STOCK] != new[ref][STOCK] or old[ref][STOCK] == "-1" for ref in old)
    clean = {ref: (price, stock) for ref, price, stock in after.prices()}
    assert len(clean) == after.offers
    dirty = [ref for ref, row in new.items() if clean[ref] != (row[PRICE], row[STOCK])]
    assert len(dirty) == 6


def test_a_delisting_leaves_out_what_it_counts() -> None:
    catalogue = Catalogue(ROWS)
    for turn in (0, LAST_DELISTING):
        left = {row[REF] for row in catalogue.feed_without(turn) if row[REF]}
        assert len(_offers(catalogue).keys() - left) == catalogue.delisted(turn) in (224, 225)
        assert any(catalogue.marker in row[TITLE] for row in catalogue.feed_without(turn))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.encoding)
def test_a_dialect_keeps_every_letter(tmp_path: Path, dialect: Dialect) -> None:
    path = tmp_path / f"feed{dialect.suffix}"
    dialect.write(path, Catalogue(300, language=dialect.language).feed())
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read("feed.csv")
    text = content.decode(dialect.encoding).removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text), delimiter=dialect.delimiter))[1:]
    assert [row[TITLE] for row in rows] == [row[TITLE] for row in Catalogue(300, language=dialect.language).feed()]
    assert {dialect.decimal in row[PRICE] for row in rows} == {True, False}, "one price is on request"


def test_encodings_are_eight() -> None:
    assert len({dialect.encoding for dialect in DIALECTS}) == 8


def test_the_check_digit_is_that_of_known_codes() -> None:
    assert [check_digit(code) for code in ("400638133393", "9638507", "61414112345")] == ["1", "4", "2"]


def test_percentiles_are_measured_values() -> None:
    measured = Load([5.0, 1.0, 4.0, 2.0, 3.0], 1.0)
    assert [measured.percentile(percent) for percent in (50, 95, 99)] == [3.0, 5.0, 5.0]


def test_every_path_is_asked_once_over_all_connections(server: str) -> None:
    answers: dict[Request, bytes] = {}
    requests = [Request(f"/{number}") for number in range(40)]
    measured = load(server, "secret", requests, 4, answers.__setitem__)
    assert len(measured.milliseconds) == 40
    assert all(answers[request].startswith(f"{request.path} Bearer secret ".encode()) for request in requests)
    assert {len(body) for body in answers.values()} == {len(f"{path} Bearer secret ") + 100_000 for path in ("/1", "/11")}


def test_a_body_arrives(server: str) -> None:
    answers: list[bytes] = []
    load(server, "secret", [Request("/1", "PATCH", b'{"title": "x"}')], 1, lambda _, answer: answers.append(answer))
    assert answers[0].startswith(b'application/json {"title": "x"} Bearer secret')


def test_an_error_is_not_a_fast_answer(server: str) -> None:
    with pytest.raises(ConnectionError, match="404"):
        load(server, "secret", [Request("/1"), Request("/missing")], 1)
