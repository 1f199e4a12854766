"""BMEcat files of a manufacturer, each over the process that reads feeds: every article with its codes and texts."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from imports_svc.reading.reader import Reader
from imports_svc.reading.reading import Reading

pytestmark = pytest.mark.data

FOLDER = "06_bmecat_weidmueller"
# What the files say of themselves, by a search in their text.
FACTS = {"ref": "SUPPLIER_PID", "gtin": "EAN", "mpn": "MANUFACTURER_PID", "brand": "MANUFACTURER_NAME"}


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    await reader.close()


async def test_each_article_has_its_codes_and_the_text_of_the_first_language(feeds: Path, reader: Reader, tmp_path: Path) -> None:
    files = sorted((feeds / FOLDER).glob("WEI_BMECat_*.xml"))
    assert len(files) == 7
    for path in files:
        copy = tmp_path / path.name
        shutil.copy(path, copy)
        text = copy.read_text(encoding="utf-8")
        seen = await reader.inspect(await reader.unpack(copy, tmp_path), whole=True)
        assert seen.shape.origin == "BMEcat 2005, 1 article at 'T_NEW_CATALOG/PRODUCT'"
        [row] = seen.sample
        for field, element in FACTS.items():
            said = re.search(f"<{element}[^>]*>([^<]*)<", text)
            column = seen.mapping.column(field)
            assert said is not None and column is not None, (path.name, field)
            assert row[column] == said[1]
        title = re.search('<DESCRIPTION_SHORT lang="deu">([^<]*)<', text)
        assert title is not None
        assert row[seen.shape.columns.index("title")] == title[1].strip()


async def test_prices_of_the_small_document_are_read_by_their_type(feeds: Path, reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    shutil.copy(feeds / FOLDER / "naugrimm_document_without_null_values.xml", path)
    plain = await reader.unpack(path, tmp_path)
    seen = await reader.inspect(plain)
    assert [(row[0], row[seen.shape.columns.index("list price gross")]) for row in seen.sample] == [
        ("1", "10.5"),
        ("2", "10.5"),
        ("3", "10.5"),
    ]
    pieces = [piece async for piece in reader.pieces(plain, Reading(seen, seen.mapping, ""), "Small")]
    assert pieces[-1].rows == 3
