import csv
import io

import polars as pl

from imports_svc.cleaning.clean import ACCEPTED
from imports_svc.cleaning.problems import PROBLEMS
from imports_svc.feeds.model import Cleaned
from imports_svc.reading.chunks import MAX_CHUNK_BYTES, Cutter, Piece


def cleaned(*rows: dict[str, object], problems: tuple[dict[str, object], ...] = ()) -> Cleaned:
    return Cleaned(pl.DataFrame(rows, schema=ACCEPTED), pl.DataFrame(problems, schema=PROBLEMS))


def cut(*blocks: Cleaned) -> list[Piece]:
    return list(Cutter(["ref", "gtin", "title", "stock"], "Acme").pieces(blocks))


def test_a_suppliers_rows_stay_together_whatever_the_case_of_its_name() -> None:
    pieces = cut(
        cleaned(
            {"row_no": 1, "supplier": "Beta", "ref": "a", "gtin14": "04006381333931", "title": 'say "x", y', "stock": 3},
            {"row_no": 2, "supplier": None, "ref": "b"},
            {"row_no": 3, "supplier": "BETA", "ref": "c"},
            problems=({"row_no": 4, "supplier": None, "outcome": "rejected", "reasons": ["r"], "values": "{}"},),
        )
    )
    assert pieces[0].suppliers == {"beta": "Beta", "acme": "Acme"}
    assert pieces[0].problems == {"acme": b"4,rejected,{r},{}\n"}
    assert [piece.rows for piece in pieces] == [4, 4]
    chunks = {chunk.supplier: chunk for piece in pieces for chunk in piece.chunks}
    assert chunks["beta"].data == b'1,a,04006381333931,"say ""x"", y",3\n3,c,,,\n'
    assert chunks["acme"].data == b"2,b,,,\n"
    assert (chunks["beta"].rows, chunks["beta"].seq) == (2, 0)


def test_suppliers_come_in_the_order_of_their_first_rows() -> None:
    rejected = {"outcome": "rejected", "reasons": ["r"], "values": "{}"}
    pieces = cut(
        cleaned(
            {"row_no": 2, "supplier": "Beta", "ref": "a"},
            {"row_no": 4, "supplier": "Alpha", "ref": "b"},
            problems=({"row_no": 1, "supplier": "Gamma", **rejected}, {"row_no": 3, "supplier": "Delta", **rejected}),
        )
    )
    assert list(pieces[0].suppliers) == ["gamma", "beta", "delta", "alpha"]


def test_chunks_stay_below_the_limit_and_nothing_is_lost() -> None:
    rows = [{"row_no": no, "ref": f"r{no}", "title": "long title " * 40} for no in range(1, 20_001)]
    chunks = [chunk for piece in cut(cleaned(*rows[:500]), cleaned(*rows[500:])) for chunk in piece.chunks]
    assert len(chunks) > 2
    assert all(len(chunk.data) <= MAX_CHUNK_BYTES for chunk in chunks)
    assert [chunk.seq for chunk in chunks] == list(range(len(chunks)))
    read = csv.reader(io.StringIO(b"".join(chunk.data for chunk in chunks).decode()))
    assert [int(line[0]) for line in read] == [row["row_no"] for row in rows]
    assert sum(chunk.rows for chunk in chunks) == len(rows)


def test_the_same_blocks_give_the_same_chunks() -> None:
    rows = [{"row_no": no, "supplier": f"S{no % 7}", "ref": f"r{no}", "title": "t" * 900} for no in range(1, 21_001)]
    blocks = [cleaned(*rows[at : at + 1_000]) for at in range(0, len(rows), 1_000)]
    digests = [[(chunk.supplier, chunk.seq, chunk.sha256) for piece in cut(*blocks) for chunk in piece.chunks] for _ in range(2)]
    assert digests[0] == digests[1]
    assert {seq for _, seq, _ in digests[0]} == {0, 1, 2}
