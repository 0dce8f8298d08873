"""Whoever stops a worker is heard, also when arq's loop does not hear it the first time."""

import asyncio

import pytest
from arq.worker import Worker
from redis.asyncio import Redis

from services.kernel.settings import Settings
from workers.main import keep_timetable


async def test_a_cancellation_that_was_lost_is_repeated(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About one stop in forty met redis-py so that its cancellation was swallowed."""
    del redis
    poll = Worker._poll_iteration
    lost = 0
    polling = asyncio.Event()

    async def loses_the_first(self: Worker) -> None:
        nonlocal lost
        await poll(self)
        polling.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            lost += 1
            if lost > 1:
                raise

    monkeypatch.setattr(Worker, "_poll_iteration", loses_the_first)
    keeping = asyncio.create_task(keep_timetable(settings, ()))
    await polling.wait()
    keeping.cancel()
    await asyncio.wait([keeping], timeout=10)
    assert keeping.cancelled()
    assert lost == 2
