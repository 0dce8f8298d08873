"""Mail servers that are down, slow or say no: what that means for the notices, and for others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import identity
from services.kernel import database, leases, outbox
from tests.faults.conftest import Workers, book_with_mail, mails_recorded, until
from tests.harness.mailbox import Mailbox
from tests.harness.servers import OwnMailServer, SlowMail, slow_mail
from tests.people import ADDRESS, new_phone

pytestmark = pytest.mark.usefixtures("hall")


async def test_a_mail_server_that_is_down_and_then_up(workers: Workers, tmp_path: Path) -> None:
    server = OwnMailServer(tmp_path / "mail")
    workers.use(smtp_port=server.port)
    workers.start()
    await book_with_mail("a@example.org")
    await book_with_mail("b@example.org")

    async def refused() -> bool:
        waiting = {line.topic: line.retried for line in await outbox.backlog()}
        failed = await database.fetchval(
            "SELECT count(*) FROM outbox_event WHERE last_error LIKE 'smtp_%'"
        )
        return "notices.due.email" in waiting and failed == 2

    await until(refused, "both were tried in vain")
    await server.start()
    await until(lambda: mails_recorded(2), "both are sent")
    times = Counter(mail["X-Envelope-To"] for mail in Mailbox(server.folder).mails())
    assert times == {"a@example.org": 1, "b@example.org": 1}
    assert "event_failed" in workers.log()
    assert "example.org" not in workers.log(), "no address in a log, also of what failed"
    await server.stop()


@pytest.fixture
async def slow(tmp_path: Path, workers: Workers) -> AsyncIterator[SlowMail]:
    """A mail server that takes two seconds for each mail."""
    folder = tmp_path / "slow"
    folder.mkdir()
    async with slow_mail(folder, seconds=2) as (server, port):
        workers.use(smtp_port=port)
        yield server


@pytest.mark.usefixtures("gateway")
async def test_a_slow_mail_server_does_not_hold_up_sign_in_codes(
    workers: Workers, slow: SlowMail, mailbox: Mailbox
) -> None:
    for number in range(6):
        await book_with_mail(f"person{number}@example.org")
    workers.start("--width", "2", "--lease", "20")
    await until(lambda: slow.in_hand == 2, "mail is stuck")
    phone = new_phone()
    await identity.request_sign_in_code(
        identity.RequestCode(phone=phone, address=ADDRESS, language="zh_CN"), datetime.now(UTC)
    )
    await until(lambda: mailbox.texts(to=phone), "the code arrives", seconds=3)
    assert not await mails_recorded(6)
    await until(lambda: mails_recorded(6), "the mails arrive too")
    assert slow.most == 2, "never more at once than the lane is wide"


async def test_a_lease_longer_than_the_provider_takes_prevents_duplicates(
    workers: Workers, slow: SlowMail
) -> None:
    await book_with_mail("once@example.org")
    workers.start("--lease", "20")
    workers.start("--lease", "20")
    await until(lambda: mails_recorded(1), "the mail is sent")
    await asyncio.sleep(slow.seconds)
    assert len(Mailbox(slow.folder).mails()) == 1


async def test_without_it_two_workers_send_the_same_notice(
    workers: Workers, slow: SlowMail
) -> None:
    """The negative control: a lease that runs out while the provider still works."""
    await book_with_mail("twice@example.org")
    workers.start("--lease", "1")
    workers.start("--lease", "1")
    await until(lambda: len(Mailbox(slow.folder).mails()) > 1, "the notice is sent twice")
    workers.kill()
    assert len({mail["Message-ID"] for mail in Mailbox(slow.folder).mails()}) == 1


@pytest.mark.usefixtures("gateway")
async def test_a_text_whose_record_was_lost_is_sent_again_and_kept_once(
    workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    """The window of docs/operations.md, closed by a gateway that honours the idempotency key."""
    phone = new_phone()
    await identity.request_sign_in_code(
        identity.RequestCode(phone=phone, address=ADDRESS, language="zh_CN"), datetime.now(UTC)
    )
    killed = workers.start("--step", "accepted", "--spent", str(tmp_path / "spent"))
    await workers.killed(killed)
    assert len(mailbox.texts(to=phone)) == 1
    workers.start()

    async def recorded() -> bool:
        return bool(await database.fetchval("SELECT bool_and(status = 'sent') FROM notice"))

    await until(recorded, "the text is recorded")
    attempts = await database.fetchval(
        "SELECT attempts FROM outbox_event WHERE topic = 'notices.due.codes'"
    )
    assert attempts >= 2
    assert len(mailbox.texts(to=phone)) == 1


async def test_a_worker_survives_a_database_that_cuts_it_off(
    workers: Workers, mailbox: Mailbox
) -> None:
    running = workers.start()
    await book_with_mail("before@example.org")
    await until(lambda: mails_recorded(1), "the first mail is sent")
    await database.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = current_user AND datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    await asyncio.sleep(0.2)
    await book_with_mail("after@example.org")
    await until(lambda: mails_recorded(2), "the second mail is sent")
    assert running.poll() is None
    # A connection cut between the acceptance of a mail and its record is the named window.
    assert len({mail["Message-ID"] for mail in mailbox.mails()}) == 2
    assert len(mailbox.mails()) <= 3


async def test_an_event_that_kills_every_worker_dies_in_the_end(
    workers: Workers, mailbox: Mailbox
) -> None:
    await book_with_mail("poison@example.org")
    await database.fetch(
        "UPDATE outbox_event SET status = 'leased', lease = gen_random_uuid(), attempts = $1,"
        " leased_until = now() - interval '1 second'",
        leases.MAX_ATTEMPTS,
    )
    workers.start()
    await until(outbox.dead_events, "the event is dead")
    [dead, *others] = await outbox.dead_events()
    assert dead.last_error == "worker_died_each_time"
    assert {event.last_error for event in others} <= {"worker_died_each_time"}
    assert mailbox.mails() == []
