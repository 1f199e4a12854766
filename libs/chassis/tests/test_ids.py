import time

import pytest

from chassis.ids import InvalidId, parse, uuid7


def test_ids_are_of_version_7_and_begin_with_the_time():
    before = time.time_ns() // 1_000_000
    id = uuid7()
    after = time.time_ns() // 1_000_000

    assert (id.version, id.variant) == (7, "specified in RFC 4122")
    assert before <= id.int >> 80 <= after


def test_ids_differ_in_all_their_random_bits():
    ids = [uuid7().int for _ in range(2000)]
    random_bits = ((1 << 12) - 1) << 64 | (1 << 62) - 1

    assert len(set(ids)) == len(ids)
    ones = zeros = 0
    for id in ids:
        ones |= id
        zeros |= ~id
    assert ones & random_bits == zeros & random_bits == random_bits


def test_ids_of_one_process_ascend_also_when_its_clock_is_set_back(monkeypatch):
    ids = [uuid7() for _ in range(5_000)]
    earlier = time.time_ns() - 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: earlier)
    ids += [uuid7() for _ in range(5_000)]

    assert ids == sorted(set(ids))


def test_a_text_that_is_no_id_is_refused_by_its_field():
    id = uuid7()
    assert parse(str(id)) == id

    with pytest.raises(InvalidId) as caught:
        parse("x" * 1000, "product_id")
    assert caught.value.violations == {"product_id": "must be a UUID"}
    assert len(caught.value.metadata["value"]) == 64
