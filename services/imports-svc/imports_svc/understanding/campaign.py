"""Makes files by the thousand, has them judged, and counts the answers per kind."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from imports_svc.understanding.draft import Made
from imports_svc.understanding.judge import Verdict, judge
from imports_svc.understanding.kinds import KINDS, Kind


@dataclass
class Tally:
    """The answers to the files of one kind. `wrong`: number of each file that is wrong in silence, with what differs."""

    kind: Kind
    answers: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, Verdict] = field(default_factory=dict)
    # One example of every other answer than right.
    examples: dict[str, tuple[int, Verdict]] = field(default_factory=dict)

    @property
    def files(self) -> int:
        return self.answers.total()

    @property
    def right(self) -> float:
        """Share of files with the right answer; of kinds nobody can know, a doubt or a refusal is it, too."""
        good = self.answers["right"]
        if self.kind.doubtful:
            good = self.files - self.answers["wrong"]
        return good / self.files if self.files else 1.0

    def count(self, number: int, verdict: Verdict) -> None:
        self.answers[verdict.answer] += 1
        if verdict.answer == "wrong":
            self.wrong[number] = verdict
        elif verdict.answer != "right":
            self.examples.setdefault(verdict.answer, (number, verdict))


def file(seed: int, number: int, names: tuple[str, ...] | None = None) -> tuple[Kind, Made]:
    """The file with this number: always the same for the same seed and names. Kinds take turns."""
    names = names or tuple(KINDS)
    kind = KINDS[names[number % len(names)]]
    random = Random(f"{seed}/{number}/{kind.name}")  # noqa: S311
    return kind, kind.draft(random).made(f"{kind.name}_{number}")


def campaign(
    numbers: Iterable[int], seed: int, names: tuple[str, ...] | None = None
) -> Iterator[tuple[int, Kind, Made, Verdict]]:
    """Each file with its verdict."""
    for number in numbers:
        kind, made = file(seed, number, names)
        yield number, kind, made, judge(made)


def tallied(judged: Iterable[tuple[int, Kind, Made, Verdict]]) -> dict[str, Tally]:
    """The answers per kind."""
    found: dict[str, Tally] = {}
    for number, kind, _, verdict in judged:
        found.setdefault(kind.name, Tally(kind)).count(number, verdict)
    return found
