"""Moments: UTC everywhere."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> Timestamp:
    """A moment as the contracts carry it."""
    # What Timestamp.FromDatetime does, at a quarter of its time: it is a third of what a message costs.
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)
