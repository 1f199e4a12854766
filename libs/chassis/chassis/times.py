"""Moments: UTC everywhere."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> Timestamp:
    """A moment as the contracts carry it."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message
