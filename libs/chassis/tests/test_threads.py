import asyncio
import time

import pytest

from chassis.storage import Stopped, check_stop, in_thread


async def test_work_is_done_in_a_thread() -> None:
    assert await in_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


async def test_endless_work_ends_with_whoever_waits_for_it() -> None:
    ended: list[type[BaseException]] = []

    def work() -> None:
        try:
            while True:
                check_stop()
                time.sleep(0.001)
        except BaseException as error:
            ended.append(type(error))
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await in_thread(work)
    assert ended == [Stopped]


async def test_other_work_goes_on() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await in_thread(check_stop)
    await in_thread(check_stop)
    check_stop()
