"""The generator of the benchmarks and their client."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from productsmanager.bench.generate import EAN, REF, TITLE, Catalogue, check_digit
from productsmanager.bench.http import Load, load

ROWS = 4_500


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = 404 if self.path == "/missing" else 200
        body = f"{self.path} {self.headers['Authorization']} {'x' * 100_000}".encode()
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
    Catalogue(ROWS).write(tmp_path / "feed.csv")
    digest = hashlib.sha256((tmp_path / "feed.csv").read_bytes()).hexdigest()
    assert digest == "d11a0bcb514ee4689eafc3c3bca1345e5b76953e3948d2c47dd9a3712ed09ed2"


def test_a_revision_changes_two_percent_and_says_how_many() -> None:
    catalogue = Catalogue(ROWS)
    revisions = [{row[REF]: row for row in catalogue.feed(revision) if row[REF]} for revision in range(3)]
    for revision in (1, 2):
        before, after = revisions[revision - 1 : revision + 1]
        changed = [ref for ref, row in after.items() if before[ref] != row]
        assert len(changed) == catalogue.changed(revision)
        assert 0.01 < len(changed) / ROWS < 0.03


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


def test_suppliers_share_nothing() -> None:
    one, other = ({row[column] for row in Catalogue(500, number).feed() for column in (REF, EAN)} for number in (1, 2))
    assert one & other == {""}


def test_the_check_digit_is_that_of_known_codes() -> None:
    assert [check_digit(code) for code in ("400638133393", "9638507", "61414112345")] == ["1", "4", "2"]


def test_percentiles_are_measured_values() -> None:
    measured = Load([5.0, 1.0, 4.0, 2.0, 3.0], 1.0)
    assert [measured.percentile(percent) for percent in (50, 95, 99)] == [3.0, 5.0, 5.0]


def test_every_path_is_asked_once_over_all_connections(server: str) -> None:
    answers: dict[str, bytes] = {}
    paths = [f"/{number}" for number in range(40)]
    measured = load(server, "secret", paths, 4, answers.__setitem__)
    assert len(measured.milliseconds) == 40
    assert all(answers[path].startswith(f"{path} Bearer secret ".encode()) for path in paths)
    assert {len(body) for body in answers.values()} == {len(f"{path} Bearer secret ") + 100_000 for path in ("/1", "/11")}


def test_an_error_is_not_a_fast_answer(server: str) -> None:
    with pytest.raises(ConnectionError, match="404"):
        load(server, "secret", ["/1", "/missing"], 1)
