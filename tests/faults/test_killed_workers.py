"""A worker is killed with SIGKILL at each step: every notice is sent all the same.

A duplicate is possible in one window alone, between the provider's acceptance and its record; and
it bears the Message-ID of the first, so that mail programs can tell.
"""

import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import partners
from services.partners import DeliveryStatus
from tests.faults.conftest import Workers, book_with_mail, mails_recorded, until
from tests.faults.crashing import Step
from tests.harness.mailbox import Mailbox
from tests.harness.receiver import receiving
from tests.partners import ADMINISTRATOR, new_endpoint, new_partner

ADDRESS = "wang.fang@example.org"

pytestmark = pytest.mark.usefixtures("hall")


@pytest.mark.parametrize("step", Step.of_notices())
async def test_every_notice_is_sent_wherever_the_worker_was_killed(
    workers: Workers, mailbox: Mailbox, tmp_path: Path, step: Step
) -> None:
    await book_with_mail(ADDRESS)
    killed = workers.start("--step", step, "--spent", str(tmp_path / "spent"))
    await workers.killed(killed)

    workers.start()
    await until(lambda: mails_recorded(1), "the notice is sent")
    times = Counter(mail["Message-ID"] for mail in mailbox.mails(to=ADDRESS))
    assert len(times) == 1, "one notice, one Message-ID"
    sent = times.total()
    assert sent == (2 if step is Step.ACCEPTED else 1), workers.log()


@pytest.mark.parametrize("step", Step.of_webhooks())
async def test_every_webhook_is_sent_wherever_the_worker_was_killed(
    workers: Workers, tmp_path: Path, step: Step
) -> None:
    now = datetime.now(UTC)
    partner_id = await new_partner(now)
    async with receiving() as receiver:
        endpoint = await new_endpoint(partner_id, receiver.url, now=now)
        await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, now)
        killed = workers.start("--step", step, "--spent", str(tmp_path / "spent"))
        await workers.killed(killed)

        workers.start()

        async def delivered() -> bool:
            [found] = await partners.deliveries(ADMINISTRATOR, partner_id)
            return found.status is DeliveryStatus.DELIVERED

        await until(delivered, "the message is delivered")
        times = Counter(taken.headers["webhook-id"] for taken in receiver.taken)
    assert len(times) == 1, "one message, one id"
    assert times.total() == (2 if step is Step.WEBHOOK_TAKEN else 1), workers.log()


async def test_many_notices_and_a_worker_that_dies_among_them(
    workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    for number in range(8):
        await book_with_mail(f"person{number}@example.org")
    short = ("--lease", "3")
    killed = workers.start("--step", Step.ACCEPTED, "--spent", str(tmp_path / "spent"), *short)
    other = workers.start(*short)
    await until(lambda: mails_recorded(8), "all are sent")
    await until(lambda: killed.poll() is not None or other.poll() is None, "one is left")
    times = Counter(mail["X-Envelope-To"] for mail in mailbox.mails())
    assert len(times) == 8
    # Those that the killed worker had handed over or had just been handing over, and no others.
    assert all(count <= 2 for count in times.values())


async def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_in_hand(
    workers: Workers, mailbox: Mailbox
) -> None:
    for number in range(5):
        await book_with_mail(f"person{number}@example.org")
    first = workers.start()
    await until(lambda: len(mailbox.mails()) >= 1, "the first mail")
    first.send_signal(signal.SIGTERM)
    await until(lambda: first.poll() is not None, "the worker ends")
    assert first.returncode == 0, workers.log()
    workers.start()
    await until(lambda: mails_recorded(5), "all are sent")
    assert Counter(mail["X-Envelope-To"] for mail in mailbox.mails()) == Counter(
        {f"person{number}@example.org": 1 for number in range(5)}
    )
