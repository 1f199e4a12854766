"""How suppliers write their files: encoding, delimiter, quotes, decimal mark, header and packing."""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from productsmanager.bench.generate import FIELDS, PRICE, Row

HEADERS = {
    "en": FIELDS,
    "fr": ("Référence", "Code EAN", "Désignation", "Marque", "Catégorie", "Prix d'achat HT", "Devise", "Qté stock", "Photo"),
    "de": ("Artikelnummer", "EAN-Nummer", "Bezeichnung", "Marke", "Warengruppe", "EK-Preis", "Währung", "Lagerbestand", "Bild"),
    "ru": ("Артикул", "Штрихкод", "Наименование", "Бренд", "Категория", "Цена", "Валюта", "Остаток", "Фото"),
    "pl": ("Symbol", "Kod EAN", "Nazwa towaru", "Marka", "Kategoria", "Cena netto", "Waluta", "Stan magazynowy", "Zdjęcie"),
}
PRICES_HEADER = ("ref", "price", "stock")


@dataclass(frozen=True)
class Dialect:
    """One supplier's habits. `language`: of titles and header; `grouping`: between the thousands of a price."""

    language: str = "en"
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    grouping: str = ""
    quoting: int = csv.QUOTE_MINIMAL
    suffix: str = ".csv"
    starts_with: str = ""

    def write(self, path: Path, rows: Iterable[Row]) -> None:
        """Write a whole feed as it comes; `path` should end with `suffix`."""
        self._write(path, HEADERS[self.language], map(self._spelt, rows))

    def write_prices(self, path: Path, rows: Iterable[Row]) -> None:
        """Write a feed of references, prices and stocks."""
        self._write(path, PRICES_HEADER, rows)

    def _write(self, path: Path, header: Iterable[str], rows: Iterable[Row]) -> None:
        with _packed(path) as packed, io.TextIOWrapper(packed, self.encoding, newline="") as file:
            file.write(self.starts_with)
            writer = csv.writer(file, delimiter=self.delimiter, quoting=self.quoting)  # type: ignore[arg-type]
            writer.writerow(header)
            writer.writerows(rows)

    def _spelt(self, row: Row) -> Row:
        if self.decimal != "." or self.grouping:
            whole, point, fraction = row[PRICE].partition(".")
            if point:
                row[PRICE] = f"{int(whole):,}".replace(",", self.grouping) + self.decimal + fraction
        return row


PLAIN = Dialect()
# Eight encodings, eight shapes. Python writes no byte order mark where an encoding names its byte order.
DIALECTS = (
    Dialect(encoding="utf-8-sig", quoting=csv.QUOTE_ALL, suffix=".csv.gz"),
    Dialect("fr", "utf-8", "|", ",", suffix=".txt"),
    Dialect("fr", "cp1252", ";", ",", " "),
    Dialect("de", "utf-16-le", "\t", ",", ".", suffix=".txt", starts_with="\ufeff"),
    Dialect("de", "utf-16-be", ";", ",", starts_with="\ufeff", quoting=csv.QUOTE_ALL),
    Dialect("pl", "cp1250", ";", ","),
    Dialect("ru", "cp1251", ";", ",", " ", suffix=".csv.zip"),
    Dialect("ru", "koi8_r", "\t", ".", suffix=".tsv"),
)


@contextmanager
def _packed(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix == ".gz":
        # The feed's time is no part of it: the same rows are the same bytes.
        with path.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
            yield cast(IO[bytes], packed)
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(zipfile.ZipInfo(path.stem), "w") as packed:
            yield packed
    else:
        with path.open("wb") as file:
            yield file
