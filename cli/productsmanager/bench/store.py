"""The figures that are kept in the repository: what later ones are compared with, and what the READMEs show."""

import json
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from productsmanager.bench.figure import Figure, cpu_ms
from productsmanager.errors import ProductsManagerError

# CPU time of the same work differs by less from one run to the next, also on a busy machine.
TOLERATED_LOSS = 0.15


@dataclass(frozen=True)
class Store:
    """A JSON file beside the README that it is shown in."""

    path: Path

    def read(self) -> dict[str, Any]:
        """`machine`, in words, and `figures`, one for each name and number of products; empty when nothing is kept."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"machine": "", "figures": []}
        if not isinstance(kept, dict) or not isinstance(kept.get("figures"), list):
            raise ProductsManagerError(f"{self.path} holds no figures: restore it from git")
        return kept

    def keep(self, figures: Iterable[Figure]) -> None:
        """Keep figures, each in the place of the one with its name and number of products."""
        kept = {_key(figure): figure for figure in self.read()["figures"]}
        self._write((kept | {_key(figure): figure for figure in _dated(figures)}).values())

    def replace(self, figures: Iterable[Figure]) -> None:
        """Keep these figures and no others."""
        self._write(_dated(figures))

    def _write(self, figures: Iterable[Figure]) -> None:
        lines = ",\n".join(f"  {json.dumps(figure)}" for figure in figures)
        content = f'{{\n "machine": {json.dumps(machine())},\n "figures": [\n{lines}\n ]\n}}\n'
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(content, encoding="utf-8")


def losses(figures: Sequence[Figure], kept: Iterable[Figure]) -> list[str]:
    """A sentence for each figure that costs more CPU than its kept one, beyond what is tolerated.

    Raises ProductsManagerError when there is nothing to compare with.
    """
    before = {_key(figure): figure for figure in kept}
    pairs = [(figure, before[_key(figure)]) for figure in figures if _key(figure) in before]
    if not pairs:
        raise ProductsManagerError("no figure of this name and number of products is kept: keep one with --store")
    return [sentence for figure, then in pairs if (sentence := _loss(figure, then))]


def machine() -> str:
    """What the figures were measured on."""
    memory = round(psutil.virtual_memory().total / (1 << 30))
    return f"{os.cpu_count()} cores, {memory} GB, {platform.system()}, Python {platform.python_version()}"


def _dated(figures: Iterable[Figure]) -> Iterator[Figure]:
    date = datetime.now(UTC).date().isoformat()
    return (figure | {"date": date} for figure in figures)


def _key(figure: Figure) -> tuple[str, int]:
    return figure["name"], figure["rows"]


def _loss(figure: Figure, before: Figure) -> str | None:
    now, then = cpu_ms(figure), cpu_ms(before)
    if now is None or then is None or now <= then * (1 + TOLERATED_LOSS):
        return None
    return (
        f"{figure['name']} at {figure['rows']:,}: {now:.4g} CPU ms, {now / then - 1:.0%} more than "
        f"the {then:.4g} of {before['date']}"
    )
