"""Any table, dirtied by any kind of trouble, comes back as it was, or is doubted: a few hundred made files with a fixed seed."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from imports_svc.understanding.campaign import Tally, campaign, file, tallied
from imports_svc.understanding.draft import Made, draft_of
from imports_svc.understanding.judge import judge
from imports_svc.understanding.kinds import KINDS
from imports_svc.understanding.tables import make

SEED, EACH = 11, 2


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    return tallied(campaign(range(EACH * len(KINDS)), SEED))


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_file_is_wrong_in_silence(tallies: dict[str, Tally], name: str) -> None:
    assert not tallies[name].wrong


def test_nearly_every_file_that_can_be_understood_is_understood_without_a_needless_doubt(tallies: dict[str, Tally]) -> None:
    sure = [tally for tally in tallies.values() if not tally.kind.doubtful]
    files, right = sum(tally.files for tally in sure), sum(tally.answers["right"] for tally in sure)
    assert right >= 0.95 * files, {t.kind.name: dict(t.answers) for t in sure if t.right < 1}


def test_a_file_can_be_made_again_by_its_seed_and_number() -> None:
    assert file(3, 17) == file(3, 17)
    assert file(3, 17)[1].content != file(4, 17)[1].content


def _spoilt(made: Made) -> Iterator[Made]:
    """The file with a truth that it does not say."""
    for name, other in (("price", "999999"), ("title", "Another"), ("ref", "ZZ-1"), ("stock", 123456), ("gtin14", None)):
        truth = ({**made.truth[0], name: other}, *made.truth[1:])
        yield Made(made.name, made.content, truth, made.currency)
    yield Made(made.name, made.content, made.truth[1:], made.currency)
    yield Made(made.name, made.content, (*made.truth, {**made.truth[0], "ref": "ZZ-2", "title": "Not there"}), made.currency)


def test_the_judge_sees_what_is_wrong_in_silence() -> None:
    from random import Random

    random = Random(5)
    made = draft_of(random, make(random)).made("clean")
    assert judge(made).answer == "right"
    assert [judge(spoilt).answer for spoilt in _spoilt(made)] == ["wrong"] * 7


def test_the_command_tells_figures_per_kind() -> None:
    command = [sys.executable, "-m", "imports_svc.understanding", "--files", "2", "--seed", "3", "--kind", "clean", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["kind"], told["files"], told["right"], told["wrong"]) == ("clean", 2, 2, 0)
