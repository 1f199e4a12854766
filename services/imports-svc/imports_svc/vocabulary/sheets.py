"""Names of sheets that programs give, and that say nothing of what is in them."""

import re
from collections.abc import Iterable

# `Sheet1`, `Tabelle 2`, `Liste 1`, `A`, `2026`, `Sheet1 (2)`.
_PLAIN = re.compile(
    r"(?:sheet|tabelle|tabellenblatt|table|blatt|feuille?|hoja|foglio|folha|planilha|plan|blad|ark|taul|taulukko|munka|munkalap"
    r"|list|lista|liste|listado|lijst|arkusz|sayfa|лист|аркуш|φύλλο|גיליון|シート|工作表|page|seite|página|pagina|strona)?\s*[-_#]?\s*\(?[0-9]{0,4}\)?(?:\s*\([0-9]{1,3}\))?|\w",
    re.IGNORECASE,
)


def are_plain_sheets(names: Iterable[str]) -> bool:
    """Whether none of these names of sheets says what its rows have in common; False for no name."""
    found = list(names)
    return bool(found) and all(_PLAIN.fullmatch(name.strip()) for name in found)
