"""`python -m imports_svc.understanding`: how many files of each kind of trouble are understood, doubted, refused, or wrong."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from imports_svc.understanding.campaign import Tally, campaign, tallied
from imports_svc.understanding.draft import Made
from imports_svc.understanding.judge import Verdict
from imports_svc.understanding.kinds import KINDS, Kind

_COLUMNS = ("right", "doubt", "needless", "refused", "wrong")


def main() -> int:
    """1 when a file is wrong in silence."""
    asked = _arguments()
    names = tuple(asked.kind) if asked.kind else tuple(KINDS)
    numbers = [asked.number] if asked.number is not None else range(asked.files)
    judged = campaign(numbers, asked.seed, names)
    tallies = tallied(_kept(judged, asked.cases) if asked.cases else judged)
    for tally in sorted(tallies.values(), key=lambda tally: tally.kind.name):
        if asked.json:
            _tell(json.dumps(_figures(tally, asked.seed)))
        else:
            _show(tally, verbose=asked.verbose)
    return int(any(tally.wrong for tally in tallies.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m imports_svc.understanding", description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="how many are made; kinds take turns")
    parser.add_argument("--seed", type=int, default=7, help="the same files for the same seed and kinds")
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="this kind only; may be repeated")
    parser.add_argument("--number", type=int, help="only the file with this number")
    parser.add_argument("--json", action="store_true", help="one object a kind and line")
    parser.add_argument("--verbose", action="store_true", help="an example of every doubt, too")
    parser.add_argument(
        "--cases", type=Path, help="keep files that are wrong or needlessly held in this folder, with what differs"
    )
    return parser.parse_args()


def _kept(judged: Iterator[tuple[int, Kind, Made, Verdict]], folder: Path) -> Iterator[tuple[int, Kind, Made, Verdict]]:
    folder.mkdir(parents=True, exist_ok=True)
    for number, kind, made, verdict in judged:
        if verdict.answer in ("wrong", "needless") or (verdict.answer != "right" and not kind.doubtful):
            (folder / made.name).write_bytes(made.content)
            told = [verdict.answer, f"currency {made.currency!r}", *verdict.found, *verdict.doubts]
            (folder / f"{made.name}.verdict").write_text("\n".join(told) + "\n", encoding="utf-8")
        yield number, kind, made, verdict


def _figures(tally: Tally, seed: int) -> dict[str, object]:
    return {
        "kind": tally.kind.name,
        "doubtful": tally.kind.doubtful,
        "files": tally.files,
        **{name: tally.answers[name] for name in _COLUMNS},
        "seed": seed,
        "wrong_files": [{"number": number, "found": verdict.found[:3]} for number, verdict in tally.wrong.items()],
    }


def _show(tally: Tally, *, verbose: bool) -> None:
    counts = "  ".join(f"{name} {tally.answers[name]:>4}" for name in _COLUMNS)
    _tell(f"{tally.kind.name:<40} {'doubt is right' if tally.kind.doubtful else '':<15} files {tally.files:>5}  {counts}")
    for number, verdict in list(tally.wrong.items())[:3]:
        _tell(f"    wrong in silence, --number {number}: {'; '.join(verdict.found[:3])}")
    for answer, (number, verdict) in tally.examples.items():
        if verbose or (answer != "doubt" and not tally.kind.doubtful):
            _tell(f"    {answer}, --number {number}: {'; '.join((*verdict.found[:3], *verdict.doubts))}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
