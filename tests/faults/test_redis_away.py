"""Redis holds hints only: without it notices are later, and nothing is lost."""

import asyncio
from datetime import UTC, datetime

import pytest
from redis.asyncio import ConnectionPool
from redis.asyncio import Redis as Client

from services.kernel import outbox
from tests.faults.conftest import Workers, book_with_mail, mails_recorded, until
from tests.harness.mailbox import Mailbox
from tests.harness.servers import OwnRedis
from workers.arq_queue import queue_on
from workers.doorbell import FLAG, Doorbell

pytestmark = pytest.mark.usefixtures("hall")


async def shows_itself(url: str) -> bool:
    client = Client.from_url(url)
    try:
        return bool(await client.keys("alive:worker:*"))
    except (ConnectionError, OSError):
        return False
    finally:
        await client.aclose()


async def test_notices_go_on_without_redis_and_the_worker_finds_it_again(
    workers: Workers, own_redis: OwnRedis, mailbox: Mailbox
) -> None:
    workers.use(redis_url=own_redis.url)
    running = workers.start("--sweep", "1")
    await until(lambda: shows_itself(own_redis.url), "the worker shows itself")

    own_redis.stop()
    await book_with_mail("while@example.org")
    await until(lambda: mails_recorded(1), "the mail is sent without Redis")
    await asyncio.sleep(2)
    await book_with_mail("still@example.org")
    await until(lambda: mails_recorded(2), "and another")
    assert running.poll() is None, workers.log()

    own_redis.start()
    await until(lambda: shows_itself(own_redis.url), "the worker is back at Redis")
    await book_with_mail("after@example.org")
    await until(lambda: mails_recorded(3), "and all goes on")
    assert len(mailbox.mails()) == 3


class TestDoorbell:
    """With a sweep that never comes in time, only the doorbell wakes the worker."""

    async def running(self, workers: Workers) -> None:
        workers.start("--sweep", "600")
        await until(lambda: "worker_ready" in workers.log(), "the worker is ready")
        await asyncio.sleep(1)

    async def test_it_wakes_the_worker(
        self, workers: Workers, redis: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self.running(workers)
        pool: ConnectionPool = redis.connection_pool
        monkeypatch.setattr(outbox, "_ring", Doorbell(queue_on(pool)).ring)
        started = datetime.now(UTC)
        await book_with_mail("rung@example.org")
        await until(lambda: mails_recorded(1), "the mail is sent")
        assert (datetime.now(UTC) - started).total_seconds() < 10

    async def test_without_it_nothing_would(self, workers: Workers) -> None:
        await self.running(workers)
        await book_with_mail("unheard@example.org")
        await asyncio.sleep(3)
        assert not await mails_recorded(1)

    async def test_a_burst_asks_once_and_each_later_ring_anew(self, redis: Client) -> None:
        queue = queue_on(redis.connection_pool)
        bell = Doorbell(queue)
        for _ in range(50):
            await bell.ring()
        assert await redis.zcard("banshi:jobs") == 1
        await redis.delete(FLAG)
        await bell.ring()
        assert await redis.zcard("banshi:jobs") == 2
