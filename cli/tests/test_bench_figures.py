"""What is kept of the benchmarks: comparison, the READMEs' tables, the chart, the labelled queries."""

import gzip
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from productsmanager.bench import chart, figure, growth, quality, shown, understanding
from productsmanager.bench.figure import Figure
from productsmanager.bench.http import Load
from productsmanager.bench.meter import Cpu
from productsmanager.bench.profiles import section
from productsmanager.bench.store import Store, losses
from productsmanager.errors import ProductsManagerError

FOLDER = Path(__file__).parents[2] / "bench"
SPENT = Cpu({"postgres": 2.0, "gateway": 1.0, "catalog": 3.0, "valkey": 0.5, "media": 0.0})


def of_import(rows: int = 1_000, seconds: float = 2.0, name: str = "import") -> Figure:
    return figure.of_import(name, rows, seconds, SPENT) | {"rows": rows, "rss_mb": 200, "rss_process": "imports-worker"}


def of_load(name: str, cpu: Cpu = SPENT, rows: int = 1_000) -> Figure:
    told = figure.of_load(name, Load([1.0, 3.0, 2.0, 4.0], 0.01), 1, cpu)
    return told | {"rows": rows, "rss_mb": 200, "rss_process": "catalog"}


def test_storage_is_not_ours() -> None:
    told = of_load("read")
    assert (told["cpu_ms"], told["cpu_ms_postgres"]) == (1000.0, 500.0)
    assert told["cpu_ms_by_process"] == {"catalog": 750.0, "postgres": 500.0, "gateway": 250.0, "valkey": 125.0}
    assert (told["value"], told["p95"], told["requests_per_s"]) == (2.0, 4.0, 400.0)


def test_the_median_is_one_whole_figure() -> None:
    figures = [of_import(seconds=seconds) for seconds in (4.0, 1.0, 2.0)]
    assert figure.median(figures) == figures[2] | {"repeats": 3}


def test_a_loss_is_flagged_and_noise_is_not(tmp_path: Path) -> None:
    store = Store(tmp_path / "bench" / "figures.json")
    store.keep([of_load("read"), of_load("search")])
    slower = Cpu({name: seconds * 1.2 for name, seconds in SPENT.seconds.items()})
    noisy = Cpu({name: seconds * 1.1 for name, seconds in SPENT.seconds.items()})
    [sentence] = losses([of_load("read", slower), of_load("search", noisy)], store.read()["figures"])
    assert sentence.startswith("read at 1,000: 1800 CPU ms, 20% more than the 1500 of ")


def test_only_equal_sizes_are_compared() -> None:
    with pytest.raises(ProductsManagerError, match="--store"):
        losses([of_load("read", rows=2_000)], [of_load("read")])


def test_a_kept_figure_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    store = Store(tmp_path / "figures.json")
    store.keep([of_import(), of_load("read")])
    store.keep([of_import(seconds=1.0), of_import(2_000)])
    kept = [(one["name"], one["rows"], one["value"]) for one in store.read()["figures"]]
    assert kept == [("import", 1_000, 1_000), ("read", 1_000, 2.0), ("import", 2_000, 1_000)]
    store.replace([of_load("list")])
    assert [one["name"] for one in store.read()["figures"]] == ["list"]


def test_the_readmes_show_the_largest_figures(tmp_path: Path) -> None:
    folder = tmp_path / "bench"
    folder.mkdir()
    own, above = folder / "README.md", tmp_path / "README.md"
    own.write_text("a\n<!-- figures -->\nold\n<!-- /figures -->\nb\n")
    above.write_text("c\n<!-- figures -->\n\n<!-- /figures -->\nd\n")
    Store(folder / "figures.json").keep([of_import(), of_import(2_000)])
    shown.show(folder)
    assert own.read_text().count("| import |") == 2
    assert "old" not in own.read_text()
    assert above.read_text().count("| import |") == 1
    assert above.read_text().endswith("<!-- /figures -->\nd\n")
    own.write_text("no section")
    with pytest.raises(ProductsManagerError, match="<!-- figures -->"):
        shown.show(folder)


def test_the_readmes_of_this_repository_are_true() -> None:
    for readme, sections in shown.texts(FOLDER).items():
        for section_, text in sections.items():
            assert f"<!-- {section_} -->\n{text}\n<!-- /{section_} -->" in readme.read_text(encoding="utf-8"), "run pm bench show"


def grown() -> list[Figure]:
    sizes = (1_000, 10_000, 100_000)
    imports = [of_import(size, size**1.5 / 1_000) for size in sizes]
    imports += [of_import(size, seconds, name) for size in sizes for name, seconds in (("reimport", 2.0), ("small", 1.0))]
    return [*imports, *(of_load(name, rows=size) for name in ("read", "lookup", "search") for size in sizes)]


def test_growth_worse_than_linear_is_named() -> None:
    lines = growth.table(grown()).splitlines()
    assert lines[0] == "| | 1,000 | 10,000 | 100,000 | grows with |"
    assert lines[2].endswith("| n^1.50, worse than linear |")
    assert lines[4].endswith("| n^0.00 |")


def test_a_size_that_was_not_measured_is_left_empty() -> None:
    lines = growth.table([figure for figure in grown() if (figure["name"], figure["rows"]) != ("reimport", 10_000)]).splitlines()
    assert lines[4].startswith("| reimport, s | 2.0 |  | 2.0 | n^0.00")


def test_the_chart_is_valid_and_places_powers_of_ten_evenly() -> None:
    ElementTree.fromstring(growth.chart(grown()))
    drawn = chart.svg([chart.Panel("a < b", [chart.Line("x", [(10, 1), (100, 10), (1_000, 100)])])], "n")
    circles = [
        (float(one.get("cx", "")), float(one.get("cy", ""))) for one in ElementTree.fromstring(drawn).iter() if "cx" in one.attrib
    ]
    assert circles == [(0.0, 220.0), (125.0, 110.0), (250.0, 0.0)]


def test_labels_of_lines_do_not_lie_on_one_another() -> None:
    lines = [chart.Line(name, [(10, 5), (100, 50)]) for name in "abc"]
    drawn = ElementTree.fromstring(chart.svg([chart.Panel("t", lines)], "n"))
    heights = sorted(float(one.get("y", "")) for one in drawn.iter() if one.text in ("a", "b", "c"))
    assert all(lower - upper > chart.LABEL_HEIGHT - 1 for upper, lower in pairwise(heights))


def test_a_profile_counts_functions_once_a_stack(tmp_path: Path) -> None:
    (tmp_path / "x.stacks").write_text("main (a.py:1);work (a.py:2);work (a.py:2) 30\nmain (a.py:1) 10\n")
    text = section("gateway", tmp_path / "x.stacks")
    assert "## gateway: 0.4 s of CPU" in text
    assert text.count("| 75.0% | work (a.py:2) |") == 2
    assert "| 25.0% | main (a.py:1) |" in text
    assert "| 100.0% | main (a.py:1) |" in text


def test_two_hundred_queries_are_labelled() -> None:
    labels = quality.labels(FOLDER / "quality" / "queries.tsv")
    assert Counter(label.kind for label in labels) == dict.fromkeys(("exact", "inflected", "misspelt", "fragment", "mixed"), 40)
    assert {label.path for label in labels} == {source.path for source in quality.SOURCES}
    assert len({label.query for label in labels}) == 200


def test_titles_are_read_by_the_keys_of_labels(tmp_path: Path) -> None:
    contents = {
        "01": gzip.compress(b'ID\tUPCEAN\tName\tCategoryID\n7\t4006381333931\tBox "12" cm\t1\n'),
        "02": "601\tTHÉIÈRE 5 mg\tx\n".encode(),
        "04": b"barcode,brand,name,unit,quantity\n123,b,Nektar,L,1\n",
        "05": gzip.compress("\ufeffברקוד,שם מוצר\n99,חומץ\n".encode()),
        "07": b'book_id,title\n1,"Games, Hunger"\n',
    }
    for source in quality.SOURCES:
        path = tmp_path / source.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(contents[source.path[:2]])
    keys = ("7", "601", "123", "99", "1")
    labels = [quality.Label("exact", source.path, key, "q") for source, key in zip(quality.SOURCES, keys, strict=True)]
    assert list(quality.expected(labels, tmp_path).values()) == ['Box "12" cm', "THÉIÈRE 5 mg", "Nektar", "חומץ", "Games, Hunger"]
    with pytest.raises(ProductsManagerError, match="no row 8"):
        quality.expected([labels[0]._replace(key="8")], tmp_path)


def test_understanding_is_told_by_kind_and_by_a_table() -> None:
    figures = list(understanding.measure(4, 3))
    assert {(figure["files"], figure["unit"]) for figure in figures} == {(1, "%")}
    assert len(figures) == 4
    assert understanding.table(figures).row_count == 5
    wrong = {**figures[0], "wrong_files": [{"number": 2, "found": ["row 1 price: 1 for 2"]}]}
    assert "file 2 of seed 3 is wrong in silence: row 1 price: 1 for 2" in understanding.wrong_files([wrong])[0]
