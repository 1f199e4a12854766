"""Moments: UTC everywhere."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A year from either end of the calendar: there is room to reckon, and the last moment is what the driver writes for infinity.
_FIRST, _LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class TimeOutOfRange(InvalidArgument):
    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} is too far away: send a time of the years 2 to 9998.",
            violations={field: "must be of the years 2 to 9998"},
        )


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> Timestamp:
    """A moment as the contracts carry it."""
    # What Timestamp.FromDatetime does, at a quarter of its time: it is a third of what a message costs.
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def moment_of(given: Timestamp, field: str) -> datetime:
    """A moment that a caller sent in `field`; raises TimeOutOfRange for one that can't be kept or reckoned with."""
    found = given.ToDatetime(UTC)
    if not _FIRST <= found < _LAST:
        raise TimeOutOfRange(field)
    return found
