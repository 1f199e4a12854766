import pytest

from chassis.counts import counted, recounted
from chassis.interceptor import InvalidMessage, validate
from pm.core.v1 import auth_pb2


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("row",), "0 rows"),
        (1, ("row",), "1 row"),
        (2, ("row",), "2 rows"),
        (12_000, ("row",), "12,000 rows"),
        (1, ("category stands below", "categories stand below"), "1 category stands below"),
        (2, ("category stands below", "categories stand below"), "2 categories stand below"),
    ],
)
def test_one_is_one(number, words, said):
    assert counted(number, *words) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("must be at least 1 characters", "must be at least 1 character"),
        ("must be at most 21 characters", "must be at most 21 characters"),
        ("must contain at least 1 item(s)", "must contain at least 1 item"),
        ("must contain no more than 2 item(s)", "must contain no more than 2 items"),
        ("map must be at least 1 entries", "map must be at least 1 entry"),
        ("must be a UUID", "must be a UUID"),
    ],
)
def test_what_a_constraint_says_is_counted_again(text, said):
    assert recounted(text) == said


def test_a_broken_contract_is_said_in_numbers_that_agree():
    with pytest.raises(InvalidMessage) as refused:
        validate(auth_pb2.LoginRequest(username="", password="secret"))
    assert refused.value.violations == {"username": "must be at least 1 character"}
