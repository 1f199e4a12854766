"""Beside the row a problem tells the line of the file, as an editor counts it, whatever parts one from the other."""

import csv
import io
import subprocess
import sys

from productsmanager.lifecycle import Running
from tests.api import Api

# A title, a blank line, line feeds in cells; a row that stands there twice, one without a code, a sum.
FEED = (
    b'Lines 2026\r\n\r\nsku;name;price;stock\r\nL-1;Lamp;5,00;1\r\nL-2;"Cable\r\nred\nlong";6,00;2\r\n'
    b"L-1;Lamp new;5,50;1\r\n\r\n;Nut;7,00;3\r\nL-3;Saw;soon;4\r\nTotal;;18,50;\r\n"
)
LINES = {1: (4, "skipped"), 4: (10, "rejected"), 5: (11, "warning"), 6: (12, "rejected")}


def test_each_problem_tells_its_line(stack: Running, api: Api) -> None:
    job = api.run(FEED, "Lines")
    assert job["state"] == "STATE_APPLIED"
    found = api.get(f"/imports/{job['id']}/problems")["problems"]
    assert {one["row_no"]: (one["line"], one["outcome"].removeprefix("OUTCOME_").lower()) for one in found} == LINES
    table = list(csv.DictReader(io.StringIO(api.http.get(f"/imports/{job['id']}/problems.csv").text)))
    assert {int(row["row_no"]): (int(row["line"]), row["outcome"]) for row in table} == LINES
    shown = subprocess.run(
        (sys.executable, "-m", "productsmanager", "jobs", "problems", job["id"], "--data", str(stack.installation.data.root)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert all(f"{row} (line {line})" in shown for row, (line, _) in LINES.items()), shown

    # The same file once more has the problems of the first one, and their lines.
    again = api.run(FEED, "Lines")
    assert again["same_as_job_id"] == job["id"]
    assert api.get(f"/imports/{again['id']}/problems")["problems"] == found


def test_no_line_is_told_where_it_is_the_row(api: Api) -> None:
    job = api.run(b'{"sku":"N-1","name":"Lamp","price":5}\n{"sku":"","name":"Nut","price":6}\n', "Lines of records")
    [problem] = api.get(f"/imports/{job['id']}/problems")["problems"]
    assert (problem["row_no"], "line" in problem) == (2, False)
