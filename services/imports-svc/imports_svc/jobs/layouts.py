"""What was found in a file, and what is read of it into which field, as the contract shows them."""

import json
from typing import Any

from pm.imports.v1 import layouts_pb2 as pb

# What is kept beside a job: an `Inspection` and a `Mapping` of imports_svc.feeds.model as JSON, which the server does not load.
Json = dict[str, Any]


def layout_proto(inspection: Json, mapping: Json) -> pb.FileLayout:
    """How the file is written, how its numbers are read, and its first rows."""
    shape = inspection["shape"]
    tables_are = shape.get("tables_are") or "unspecified"
    return pb.FileLayout(
        origin=shape.get("origin", ""),
        encoding=shape["encoding"],
        delimiter=shape["delimiter"] if len(shape["columns"]) > 1 else "",
        quote=shape["quote"] or "",
        header=shape["header"],
        columns=shape["columns"],
        renamed=shape.get("renamed", ()),
        skipped_lines=shape.get("skip_lines", 0),
        preamble=shape.get("preamble", ()),
        notes=shape.get("notes", ()),
        table=shape.get("table", ""),
        tables=shape.get("tables", ()),
        tables_are=pb.FileLayout.Tables.Value(f"TABLES_{tables_are.upper()}"),
        rows=inspection["rows"],
        rows_estimated=inspection.get("estimated", False),
        decimal_marks=_decimal_marks(inspection, mapping),
        sample=[pb.FileRow(cells=row) for row in inspection["sample"]],
    )


def mapping_proto(mapping: Json, inspection: Json) -> pb.FieldMapping:
    """The fields with their columns by name, in the order of the columns."""
    columns = inspection["shape"]["columns"]
    made = pb.FieldMapping(
        currency=mapping.get("currency_code") or "",
        category_list=mapping.get("category_list") or "",
        decimal_mark=mapping.get("decimal_mark") or "",
        repeated_rows=pb.FieldMapping.RepeatedRows.Value(f"REPEATED_ROWS_{mapping.get('repeated_rows', 'last').upper()}"),
        missing_offers=pb.FieldMapping.MissingOffers.Value(f"MISSING_OFFERS_{mapping.get('missing_offers', 'vanish').upper()}"),
        template=mapping.get("template", ""),
        problems=mapping.get("problems", ()),
    )
    if (separator := mapping.get("category_separator")) is not None:
        made.category_separator = separator
    for field, choice in sorted(mapping["fields"].items(), key=lambda item: (item[1]["column"], item[0])):
        made.fields.add(field=field, column=columns[choice["column"]], confidence=choice["confidence"], why=choice["why"])
    return made


def layout_json(inspection: Json, mapping: Json) -> str:
    """`layout_proto` as the JSON text that came before it."""
    rows = {"rows": inspection["rows"], "rows_estimated": inspection.get("estimated", False)}
    shown = inspection["shape"] | rows | {"decimals": _decimal_marks(inspection, mapping), "sample": inspection["sample"]}
    return json.dumps(shown, ensure_ascii=False)


def mapping_json(mapping: Json, inspection: Json) -> str:
    """`mapping_proto` as the JSON text that came before it."""
    columns = inspection["shape"]["columns"]
    fields = {field: choice | {"column": columns[choice["column"]]} for field, choice in mapping["fields"].items()}
    return json.dumps(mapping | {"fields": fields}, ensure_ascii=False)


def _decimal_marks(inspection: Json, mapping: Json) -> dict[str, str]:
    """The mark of each column whose numbers have one: what a person said where they can be read two ways."""
    columns, chosen = inspection["shape"]["columns"], mapping.get("decimal_mark")
    return {
        name: chosen if chosen and (style["ambiguous"] or style["mixed"]) else style["decimal"]
        for name, profile in zip(columns, inspection["profile"]["columns"], strict=True)
        if profile["decimals"] and (style := profile["style"])
    }
