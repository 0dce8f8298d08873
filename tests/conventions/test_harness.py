"""The fixtures keep what they promise."""

from email.message import EmailMessage

import aiosmtplib
import asyncpg
import pytest
from redis.asyncio import Redis

from services.kernel import database as kernel_database
from services.kernel.settings import Settings
from services.kernel.unit_of_work import unit_of_work
from tests.harness.mailbox import Mailbox

INSERT = """
    INSERT INTO outbox_event (id, topic, payload, status, attempts, available_at, created_at)
    VALUES (gen_random_uuid(), 'test.harness', '{}', 'pending', 0, now(), now())
"""
COUNT = "SELECT count(*) FROM outbox_event"


class TestRolledBack:
    async def test_a_unit_of_work_runs_inside_the_test_transaction(
        self, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        async with unit_of_work() as uow:
            await uow.execute(INSERT)
        assert await kernel_database.fetchval(COUNT) == 1
        assert await database.fetchval(COUNT) == 1

    async def test_nothing_is_left_for_the_next_test(
        self, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        assert await database.fetchval(COUNT) == 0


@pytest.mark.usefixtures("committed_database")
class TestCommitted:
    async def test_a_unit_of_work_really_commits(self) -> None:
        async with unit_of_work() as uow:
            await uow.execute(INSERT)
        assert await kernel_database.fetchval(COUNT) == 1

    async def test_the_database_was_put_back(self) -> None:
        assert await kernel_database.fetchval(COUNT) == 0
        assert await kernel_database.fetchval("SELECT count(*) FROM migration") > 0


class TestRedis:
    async def test_it_answers(self, redis: "Redis") -> None:
        await redis.set("key", "value")
        assert await redis.get("key") == b"value"

    async def test_it_starts_empty(self, redis: "Redis") -> None:
        assert await redis.dbsize() == 0


async def test_mail_travels_through_smtp(settings: Settings, mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, "li@example.org"
    message["Subject"] = "预约成功"
    message.set_content("请按时到场。")
    await aiosmtplib.send(message, hostname=settings.smtp_host, port=settings.smtp_port)
    [caught] = mailbox.mails(to="li@example.org")
    assert caught["Subject"] == "预约成功"
    assert mailbox.mails(to="wang@example.org") == []
