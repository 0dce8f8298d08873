"""The health check of a worker's container."""

import pytest
from redis.asyncio import Redis

from services.kernel.presence import presence_key
from tests.harness.run import Worker


async def test_the_check_finds_a_worker_of_this_machine(worker: Worker, redis: Redis) -> None:
    await redis.set(presence_key("worker"), "1", ex=60)
    assert worker.banshi("worker", "--check") == ""


async def test_the_check_does_not_count_another_machine(worker: Worker, redis: Redis) -> None:
    await redis.set("alive:worker:elsewhere:1", "1", ex=60)
    with pytest.raises(AssertionError):
        worker.banshi("worker", "--check")
