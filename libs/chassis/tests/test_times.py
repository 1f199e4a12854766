from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.times import TimeOutOfRange, moment_of, timestamp


def test_a_moment_is_given_back():
    moment = datetime(2026, 11, 22, 12, 30, 1, 500, tzinfo=UTC)

    assert moment_of(timestamp(moment), "time") == moment


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_ends_of_the_calendar_are_refused_by_name(text):
    given = Timestamp()
    given.FromJsonString(text)

    with pytest.raises(TimeOutOfRange) as caught:
        moment_of(given, "start_time")

    assert list(caught.value.violations) == ["start_time"]
