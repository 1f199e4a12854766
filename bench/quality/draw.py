"""Draws the labelled set: `python bench/quality/draw.py FOLDER_OF_FEEDS > bench/quality/queries.tsv`.

Targets come by a seeded draw, queries by rule, and nothing here asks our search. Words are drawn until exactly one title of all
feeds has them all, so that a query has one right answer. Queries of the kind `inflected` are written out in the words of
the title, for a person to put at least one of them into another grammatical form.
"""

import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from productsmanager.bench.quality import SOURCES, words

SEED = 20261122
TRIES = 30
# How many targets of each source, in their order: Russian, French, Croatian, Hebrew, English.
SHARES = {
    "exact": (12, 9, 8, 4, 7),
    "inflected": (14, 10, 4, 0, 12),
    "misspelt": (12, 9, 8, 4, 7),
    "fragment": (12, 9, 8, 4, 7),
    "mixed": (16, 10, 10, 4, 0),
}


class Titles:
    """All titles, by the words they have."""

    def __init__(self, folder: Path) -> None:
        self.rows = {source.path: list(source.rows(folder)) for source in SOURCES}
        self.codes = Counter(code.zfill(14) for rows in self.rows.values() for _, _, code in rows if code)
        self.having: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for rows in self.rows.values():
            for _, title, _ in rows:
                for word in (compared := words(title)):
                    self.having[word].add(compared)

    def targets(self, path: str, order: random.Random) -> Iterator[tuple[str, str]]:
        """Rows in a drawn order. One whose product is also another row's may bear that one's title: it is left out."""
        for key, title, code in order.sample(self.rows[path], len(self.rows[path])):
            if not code or self.codes[code.zfill(14)] == 1:
                yield key, title

    def is_telling(self, chosen: list[str]) -> bool:
        return len(set.intersection(*(self.having[word.casefold()] for word in chosen))) == 1


def draw(titles: Titles, title: str, order: random.Random, fits: Callable[[list[str]], bool]) -> list[str] | None:
    """Two or three words of a title, in its order, that tell it from every other."""
    known = [word for word in re.findall(r"\w+", title) if len(word) >= 4 and word.isalpha()]
    for _ in range(TRIES if len(known) >= 2 else 0):
        places = sorted(order.sample(range(len(known)), min(len(known), order.choice((2, 3)))))
        chosen = [known[place] for place in places]
        if len(set(chosen)) == len(chosen) and titles.is_telling(chosen) and fits(chosen):
            return chosen
    return None


def misspell(titles: Titles, chosen: list[str], order: random.Random) -> list[str]:
    """One slip in the longest word: two letters swapped, one lost, one doubled or one taken for its neighbour's."""
    place = max(range(len(chosen)), key=lambda number: len(chosen[number]))
    word = chosen[place]
    wrong = word
    while wrong.casefold() in titles.having or wrong == word:
        at = order.randrange(1, len(word) - 1)
        slips = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at - 1] + word[at + 1 :],
        )
        wrong = order.choice(slips)
    return [*chosen[:place], wrong, *chosen[place + 1 :]]


def cut(chosen: list[str], order: random.Random) -> list[str]:
    """The last word as far as it was typed; or, once in four, the longest without its beginning."""
    if order.random() < 0.75:
        return [*chosen[:-1], chosen[-1][: max(3, len(chosen[-1]) * 6 // 10)]]
    longest = max(chosen, key=len)
    return [word[len(word) // 3 :] if word == longest else word for word in chosen]


def scripts(chosen: list[str]) -> set[str]:
    return {unicodedata.name(word[0]).split()[0] for word in chosen}


def plain(word: str) -> str:
    """Without accents, as typed on another keyboard."""
    decomposed = unicodedata.normalize("NFKD", word.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def main() -> None:
    titles, order = Titles(Path(sys.argv[1])), random.Random(SEED)
    print("kind", "file", "key", "query", sep="\t")
    for kind, shares in SHARES.items():
        for source, share in zip(SOURCES, shares, strict=True):
            found = 0
            for key, title in titles.targets(source.path, order):
                if found == share:
                    break
                if chosen := draw(titles, title, order, lambda chosen, kind=kind, source=source: fits(kind, source.path, chosen)):
                    found += 1
                    print(kind, source.path, key, " ".join(asked(kind, titles, chosen, order)), sep="\t")


def fits(kind: str, path: str, chosen: list[str]) -> bool:
    if kind == "misspelt":
        return max(map(len, chosen)) >= 5
    if kind == "mixed":
        accented = any(plain(word) != word for word in chosen)
        return accented if path.startswith(("02", "04")) else len(scripts(chosen)) > 1
    return True


def asked(kind: str, titles: Titles, chosen: list[str], order: random.Random) -> list[str]:
    if kind == "misspelt":
        return misspell(titles, chosen, order)
    if kind == "fragment":
        return cut(chosen, order)
    if kind == "mixed" and len(scripts(chosen)) == 1:
        return [plain(word) for word in chosen]
    return chosen


if __name__ == "__main__":
    main()
