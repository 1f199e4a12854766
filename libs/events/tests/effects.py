"""Consumers whose effect a test can see, and what it takes to wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from events.consumers import Consumer, Event
from pm.common.v1.money_pb2 import Money

PATIENCE_SECONDS = 30
NO_REDIS = "redis://127.0.0.1:1/0"


class Effects(Consumer):
    """Writes down the key of each event; `faulty` keys it can't."""

    name = "effects"
    producer = "catalog-svc"
    facts = (Money,)

    def __init__(self) -> None:
        self.faulty: set[str] = set()
        self.pages: list[int] = []

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        for event in events:
            if event.key in self.faulty:
                raise ValueError(f"no {event.key}\nand a row's values")
            await session.execute(text("INSERT INTO effects (key) VALUES (:key)"), {"key": event.key})
        self.pages.append(len(events))


class Sums(Effects):
    """As one that adds: an event that is applied twice counts twice, unless it was forgotten."""

    async def forget(self, session: AsyncSession, since: datetime) -> None:
        await session.execute(text("DELETE FROM effects WHERE key >= :day"), {"day": since.date().isoformat()})


async def until(met: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if found := await met():
                return found
            await asyncio.sleep(0.02)


async def failed(follower: Any) -> bool:
    return bool((await follower.position()).error)
