"""The project's own files beside what is known of them: columns, dialect, values; none is held but for its reason."""

from pathlib import Path
from typing import Any

import pytest

from imports_svc.understanding.deliveries import Measured, measured

FOLDER = Path(__file__).parents[3] / "tests" / "fixtures"
SAMPLES = Path(__file__).parents[3] / "cli" / "productsmanager" / "samples"
_SKU = {"sku": "ref", "ean": "gtin", "title": "title", "price": "price"}
_REF = {"ref": "ref", "title": "title", "price": "price"}
LABELS: dict[str, dict[str, Any]] = {
    "barcode_is_the_only_code.csv": {"delimiter": ",", "rows": 6, "fields": {"ean": "gtin", "title": "title"}},
    "barcodes.csv": {"delimiter": ",", "rows": 14, "fields": {"ref": "ref", "ean": "gtin", "title": "title"}},
    "bom.csv": {"encoding": "utf-8-sig", "delimiter": ";", "fields": {"ref": "ref", "name": "title", "price": "price"}},
    "clean.csv": {
        "rows": 40,
        "fields": _SKU | {"brand": "brand", "category": "category", "stock": "stock", "currency": "currency"},
        "cells": {"1": {"ref": "N-001", "gtin14": "04012345000016", "price": "20.9", "stock": 3}},
    },
    "cyrillic_cp1251.csv": {
        "encoding": "cp1251",
        "fields": {
            **{"Артикул": "ref", "Штрихкод": "gtin", "Наименование": "title", "Бренд": "brand"},
            **{"Цена": "price", "Остаток": "stock"},
        },
        "cells": {"1": {"ref": "Р-1", "title": "Чайник эмалированный 1 л", "price": "1250", "stock": 1}},
    },
    "dirty_numbers.csv": {"rows": 7, "fields": _REF | {"stock": "stock"}, "cells": {"1": {"price": "1.5", "stock": 3}}},
    "duplicates.csv": {"rows": 5, "fields": _SKU, "may_hold": "rows of one reference differ"},
    "french_cp1252.csv": {
        "encoding": "cp1252",
        "fields": {
            **{"Référence": "ref", "Code EAN": "gtin", "Désignation": "title", "Marque": "brand"},
            **{"Prix HT": "price", "Stock": "stock"},
        },
        "cells": {"1": {"title": "Théière « Été » n° 1", "brand": "Café d’Or", "price": "101.01"}},
    },
    "header_only.csv": {"refused": "EmptyFeed"},
    "line_breaks.csv": {
        "rows": 2,
        "fields": _REF | {"description": "description"},
        "cells": {"1": {"title": "Title, with comma"}},
    },
    "no_header.tsv": {
        "header": False,
        "delimiter": "\t",
        "rows": 15,
        "fields": {"column_1": "ref", "column_2": "gtin", "column_3": "title", "column_4": "price"},
        "cells": {"1": {"ref": "7000001", "gtin14": "04012345004014", "title": "Boîte de 10 comprimés", "price": "1.51"}},
        "may_hold": "no header",
    },
    "prices_only.csv": {"rows": 40, "fields": {"sku": "ref", "price": "price", "stock": "stock"}},
    "quotes_inside.tsv": {
        "delimiter": "\t",
        "rows": 12,
        "fields": {"id": "ref", "barcode": "gtin", "name": "title", "brand": "brand"},
        "cells": {"1": {"title": 'Monitor 21" wide "pro'}},
    },
    "ragged.csv": {"rows": 4, "fields": _REF},
    "thousands_comma.csv": {"rows": 5, "fields": _REF, "cells": {"1": {"price": "4417.08"}, "2": {"price": "12.5"}}},
    "tiers_and_locations.csv": {
        "rows": 5,
        "fields": {
            **{"sku": "ref", "name": "title", "category": "category", "price": "price", "price from 10": "price[min=10]"},
            **{"price from 100": "price[min=100]", "sale price": "price[type=sale]", "Price USD": "price[currency=USD]"},
            **{"stock_paris": "stock[location=paris]", "stock_lyon": "stock[location=lyon]"},
        },
        "cells": {"1": {"category": "Licht > Lampen > Tisch", "price": "5"}},
    },
    "two_suppliers.csv": {
        "fields": _SKU | {"currency": "currency"},
        "either": {"supplier": ["", "supplier"]},
        "cells": {"1": {"price": "1", "currency": "EUR"}, "2": {"price": "2", "currency": "CHF"}},
    },
    "utf16.csv": {
        "encoding": "utf-16",
        "delimiter": "\t",
        "rows": 7,
        "fields": {"ref": "ref", "name": "title", "price": "price"},
    },
    "market_feed.tsv": {
        "delimiter": "\t",
        "rows": 74,
        "fields": {
            **{"sku": "ref", "barcode": "gtin", "product name": "title", "brand": "brand", "category": "category"},
            **{"price": "price", "currency": "currency", "qty": "stock", "image": "image_url"},
        },
        "cells": {"1": {"ref": "ВС-502", "title": "Матрёшка расписная, 5 мест", "price": "1890", "currency": "RUB", "stock": 34}},
    },
    "nordwind_pricelist.csv": {
        "encoding": "cp1252",
        "delimiter": ";",
        "fields": {
            **{"Artikelnummer": "ref", "EAN": "gtin", "Bezeichnung": "title", "Marque": "brand", "Warengruppe": "category"},
            **{"EK netto EUR": "price", "Prix conseillé": "list_price", "Lagerbestand": "stock", "VPE": "pack_size"},
        },
        "either": {"Prix conseillé": ["list_price", "price[type=msrp]"]},
        "cells": {"1": {"ref": "70100", "title": "Espressotasse Porzellan weiß 80 ml", "price": "4.9", "stock": 240}},
    },
}


@pytest.mark.parametrize("name", LABELS)
def test_a_file_is_read_as_its_label_says(name: str) -> None:
    label = LABELS[name]
    path = FOLDER / name if (FOLDER / name).exists() else SAMPLES / name
    found = measured(path, label)
    if "refused" in label:
        assert found.refused == label["refused"]
        return
    expected = Measured(columns=found.columns, named=found.named, cells=found.cells, doubts=found.doubts)
    assert found == expected
    assert not found.doubts or "may_hold" in label
