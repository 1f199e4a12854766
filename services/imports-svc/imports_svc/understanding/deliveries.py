"""How real deliveries are read, beside what is known of them: labels that people wrote by looking at the files.

A label says of one file: `encoding`, `delimiter`, `header` and `rows` of a delimited text, or `table` and `header_row`; the true
field of each column in `fields` (all others have none), where several are as good in `either`; true values of some cells by the
number of their row; `may_hold`, why a doubt is right; or `refused`, by which error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from imports_svc.feeds.errors import FeedError
from imports_svc.feeds.model import Inspection
from imports_svc.understanding.judge import Read, read_file

Label = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    """`columns`: how many the file has; `wrong_columns` and `wrong_cells` in words; `doubts`: the names of those that hold.

    `named`: columns that have a field, and `wrong_named` how many of these are read as another or none. `shape`: what of the
    text and where its table is was found otherwise.
    """

    columns: int = 0
    named: int = 0
    wrong_named: int = 0
    cells: int = 0
    wrong_columns: tuple[str, ...] = ()
    wrong_cells: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    refused: str = ""


def measured(path: Path, label: Label) -> Measured:
    """The file at `path` as a job reads it, compared with its label."""
    with TemporaryDirectory() as folder:
        try:
            read = read_file(path, Path(folder))
        except FeedError as error:
            return Measured(refused=error.reason)
    if "refused" in label:
        return Measured(wrong_cells=(f"read, and not refused with {label['refused']}",))
    return _compared(read, label)


def _compared(read: Read, label: Label) -> Measured:
    shape, wrong = read.seen.shape, []
    fields = {
        shape.columns[choice.column]: field for field, choice in read.mapping.fields.items() if not _only_beside(read, field)
    }
    named = wrong_named = 0
    for column in shape.columns:
        allowed = label.get("either", {}).get(column) or [label["fields"].get(column, "")]
        right = fields.get(column, "") in allowed
        named += bool(label["fields"].get(column))
        wrong_named += bool(label["fields"].get(column)) and not right
        if not right:
            wrong.append(
                f"{column!r} is read as {fields.get(column) or 'nothing'} and is {' or '.join(a or 'nothing' for a in allowed)}"
            )
    missing = [f"{column!r} is no column" for column in label["fields"] if column not in shape.columns]
    rows = {row["row_no"]: row for row in read.accepted.to_dicts()}
    cells = [
        (
            f"row {row_no} {field}: {rows.get(int(row_no), {}).get(field)!r} for {value!r}",
            rows.get(int(row_no), {}).get(field) == value,
        )
        for row_no, values in label.get("cells", {}).items()
        for field, value in values.items()
    ]
    return Measured(
        columns=len(shape.columns),
        named=named + len(missing),
        wrong_named=wrong_named + len(missing),
        cells=len(cells),
        wrong_columns=(*missing, *wrong),
        wrong_cells=tuple(told for told, right in cells if not right),
        shape=tuple(_shape(read.seen, label, read.rows)),
        doubts=read.holding,
    )


def _only_beside(read: Read, field: str) -> bool:
    """Whether a field is the reference only because no other column is: its column is a GTIN."""
    return field == "ref" and read.mapping.column("ref") == read.mapping.column("gtin")


def _shape(seen: Inspection, label: Label, rows: int) -> list[str]:
    shape = seen.shape
    found = {
        "encoding": shape.encoding, "delimiter": shape.delimiter, "header": shape.header, "rows": rows, "table": shape.table,
        "header_row": shape.skip_lines + 1,
    }  # fmt: skip
    return [
        f"{name}: {found[name]!r} for {label[name]!r}"
        for name in found
        if label.get(name) is not None and label[name] != found[name]
    ]
