"""A consumer whose process is killed between its effect and the commit: `python killed_consumer.py URL ADDRESS KEYS_DIR`."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.auth import Signer
from chassis.db import Database
from events.consumers import Consumer, Event
from events.following import Following
from pm.common.v1.money_pb2 import Money


class Killed(Consumer):
    name = "effects"
    producer = "catalog-svc"
    facts = (Money,)

    async def apply(self, session: AsyncSession, events: Sequence[Event]) -> None:
        await session.execute(text("INSERT INTO effects (key) VALUES (:key)"), [{"key": event.key} for event in events])
        os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, address: str, keys_dir: Path) -> None:
    database = Database.connect(url, pool_size=2)
    # Nothing listens on port 1: it follows without nudges.
    addresses = {"catalog-svc": address}
    following = Following(Signer("analytics-svc", keys_dir), database, "redis://127.0.0.1:1/0", addresses, [Killed()])
    await following.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
