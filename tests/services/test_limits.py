"""Rate limits: atomic across processes' connections, all or none, closed when Redis is away."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.kernel import limits
from services.kernel.errors import RateLimited, Unavailable
from services.kernel.limits import Limit, charge, forgive
from tests.harness.servers import OwnRedis

BURST = Limit("test-burst", times=5, seconds=3600)
SINGLE = Limit("test-single", times=1, seconds=60)


@pytest.mark.usefixtures("redis")
class TestCounting:
    async def test_a_burst_passes_and_then_no_more(self) -> None:
        for _ in range(5):
            await charge((BURST, "13812345678"))
        with pytest.raises(RateLimited) as refused:
            await charge((BURST, "13812345678"))
        assert 0 < refused.value.retry_after <= 3600 // 5

    async def test_each_subject_is_counted_alone(self) -> None:
        await charge((SINGLE, "one"))
        await charge((SINGLE, "two"))
        with pytest.raises(RateLimited):
            await charge((SINGLE, "one"))

    async def test_a_refusal_charges_none_of_the_limits(self) -> None:
        await charge((SINGLE, "somebody"))
        with pytest.raises(RateLimited):
            await charge((BURST, "somebody"), (SINGLE, "somebody"))
        for _ in range(5):
            await charge((BURST, "somebody"))

    async def test_tries_come_back_with_time(self) -> None:
        quick = Limit("test-quick", times=2, seconds=1)
        await charge((quick, "x"))
        await charge((quick, "x"))
        with pytest.raises(RateLimited):
            await charge((quick, "x"))
        await asyncio.sleep(0.55)
        await charge((quick, "x"))

    async def test_a_success_is_forgiven(self) -> None:
        await charge((SINGLE, "x"))
        await forgive(SINGLE, "x")
        await charge((SINGLE, "x"))


async def test_no_subject_can_be_read_in_redis(redis: "Redis") -> None:
    await charge((SINGLE, "13812345678"))
    keys = await redis.keys("*")
    assert len(keys) == 1
    assert b"13812345678" not in keys[0]


async def naive_charge(client: "Redis", key: str, times: int) -> bool:
    """The negative control: read, decide, write, as two processes would without the script."""
    used = int(await client.get(key) or 0)
    await asyncio.sleep(0)
    if used >= times:
        return False
    await client.set(key, used + 1)
    return True


async def passes() -> bool:
    try:
        await charge((BURST, "everybody"))
    except RateLimited:
        return False
    return True


async def test_many_connections_never_share_the_last_try(redis: "Redis") -> None:
    naive = await asyncio.gather(*(naive_charge(redis, "naive", 5) for _ in range(20)))
    assert sum(naive) > 5, "the race does not show, so the next line proves nothing"
    assert sum(await asyncio.gather(*(passes() for _ in range(20)))) == 5
    assert len(redis.connection_pool._available_connections) > 1


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    own = OwnRedis(tmp_path)
    own.start()
    yield own
    own.close()


async def test_closed_while_redis_is_away_and_open_again_after(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Redis.from_url(own_redis.url)
    monkeypatch.setattr(limits, "redis", lambda: client)
    await charge((BURST, "x"))
    own_redis.stop()
    with pytest.raises(Unavailable):
        await charge((BURST, "x"))
    with pytest.raises(Unavailable):
        await forgive(BURST, "x")
    own_redis.start()
    await charge((BURST, "x"))
    await client.aclose()
