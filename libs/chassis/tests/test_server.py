import asyncio

import pytest

from chassis import server
from chassis.health import HealthServicer
from chassis.server import Service
from chassis.settings import ServiceSettings

PATIENCE_SECONDS = 30


async def test_upkeep_goes_on_when_it_fails(keys_dir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "UPKEEP_SECONDS", 0.01)
    kept = asyncio.Semaphore(0)

    async def broken() -> None:
        raise OSError("the database restarts")

    async def keep() -> None:
        kept.release()

    settings = ServiceSettings(keys_dir=keys_dir, bind="127.0.0.1:0")
    service = Service("catalog-svc", settings, registrations=[], health_servicer=HealthServicer({}), upkeep=[broken, keep])
    await service.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(3):
            await kept.acquire()
    await service.stop()
    while not kept.locked():
        await kept.acquire()
    await asyncio.sleep(0.05)
    assert kept.locked()
