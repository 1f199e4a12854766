"""JSON and NDJSON as programs write it."""

import json

from imports_svc.understanding.draft import Draft, typed_price
from imports_svc.understanding.kinds.registry import kind
from imports_svc.understanding.records import Record, names_of, records_of, value_of, written_as


def _numeric(record: Record, names: dict[str, str]) -> Record:
    """Prices as numbers."""
    return record | {names["price"]: float(record[names["price"]])}


def _dumped(draft: Draft, records: list[Record]) -> str:
    """In one of the usual envelopes."""
    random = draft.random
    return json.dumps(
        random.choice((records, {"products": records}, {"meta": {"count": len(records), "page": 1}, "data": {"items": records}})),
        ensure_ascii=random.random() < 0.5,
        indent=random.choice((None, 1)),
    )


@kind()
def json_records(draft: Draft) -> None:
    """A list of objects, in an envelope or not, prices as numbers or texts."""
    names, numbers = names_of(draft), draft.random.random() < 0.6
    records = records_of(draft, names)
    written_as(draft, "json", lambda made: _dumped(made, [_numeric(one, names) if numbers else one for one in records]))


@kind()
def json_with_gaps(draft: Draft) -> None:
    """Keys that are absent, null or empty, and in another order in each record."""
    names = names_of(draft)
    records = []
    for truth in draft.truth:
        for name in ("gtin14", "brand", "category", "stock"):
            if draft.random.random() < 0.2:
                truth[name] = None
        record = {}
        for name in draft.random.sample(sorted(names), len(names)):
            value = value_of(name, truth) if name != "gtin" or truth["gtin14"] else None
            if value is not None or draft.random.random() < 0.5:
                record[names[name]] = value if value is not None else draft.random.choice((None, ""))
        records.append(record)
    written_as(draft, "json", lambda made: _dumped(made, records))


@kind()
def json_nested(draft: Draft) -> None:
    """`{"price": {"amount": 12.5, "currency": "EUR"}, "brand": {"name": "Bosch"}}`."""
    draft.currency = ""
    records = [
        {
            "sku": truth["ref"],
            "identifiers": {"ean": value_of("gtin", truth)},
            "name": truth["title"],
            "brand": {"id": number, "name": truth["brand"]},
            "category": {"name": truth["category"]},
            "price": {"amount": float(str(truth["price"])), "currency": truth["currency"]},
            "inventory": {"quantity": truth["stock"]},
        }
        for number, truth in enumerate(draft.truth)
    ]
    written_as(draft, "json", lambda made: _dumped(made, records))


@kind()
def json_variants(draft: Draft) -> None:
    """Products that hold their variants; codes, prices and stocks are the variants'."""
    random, products, at = draft.random, [], 0
    while at < len(draft.truth):
        group = draft.truth[at : at + random.randrange(1, 4)]
        at += len(group)
        for truth in group:
            truth.update(title=group[0]["title"], brand=group[0]["brand"], category=group[0]["category"])
        variants = [
            {"sku": one["ref"], "barcode": value_of("gtin", one), "price": one["price"], "inventory_quantity": one["stock"]}
            for one in group
        ]
        first = group[0]
        products.append(
            {
                "title": first["title"],
                "vendor": first["brand"],
                "product_type": first["category"],
                "tags": "a, b",
                "variants": variants,
            }
        )
    draft.currency = draft.table.currency
    written_as(draft, "json", lambda made: json.dumps({"products": products}))


@kind()
def json_lines(draft: Draft) -> None:
    """One object a line, with blank lines, a BOM or CRLF."""
    names, random = names_of(draft), draft.random
    records = records_of(draft, names)
    end, bom, blank = random.choice(("\n", "\r\n")), random.choice(("", "\ufeff")), random.choice(("", "\n"))
    written_as(draft, "ndjson", lambda _: bom + end.join(json.dumps(one, ensure_ascii=False) for one in records) + end + blank)


@kind()
def json_prices_of_the_language(draft: Draft) -> None:
    """Prices as texts with the language's marks."""
    names, mark, grouped = names_of(draft), draft.table.language.mark, draft.random.random() < 0.5
    records = [
        one | {names["price"]: typed_price(str(one[names["price"]]), mark, grouped=grouped)} for one in records_of(draft, names)
    ]
    written_as(draft, "json", lambda made: _dumped(made, records))


@kind(doubtful=True)
def names_of_two_meanings(draft: Draft) -> None:
    """`vendor` may be the brand or the supplier, `quantity` what is there or what is in a pack."""
    names = names_of(draft) | {"brand": "vendor", "stock": "quantity"}
    records = records_of(draft, names)
    written_as(draft, "json", lambda made: _dumped(made, records))


@kind(doubtful=True)
def two_lists_in_a_tree(draft: Draft) -> None:
    """Two lists of the same form beside each other: nobody knows which is meant."""
    names = names_of(draft)
    records = records_of(draft, names)
    half = len(records) // 2
    written_as(draft, "json", lambda _: json.dumps({"lamps": records[:half], "cables": records[half:]}))
