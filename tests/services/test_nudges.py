"""A text message when the turn is near, once; and one after the visit, to who can be reached."""

import pytest

from services import notices, queue
from services.kernel import database
from services.kernel.actor import ANONYMOUS
from services.kernel.leases import claim
from services.queue import AskedBefore, NobodyToTell, Ticket
from tests.queues import (
    appointment,
    checked_in,
    clerk,
    later,
    open_morning,
    seated,
    walk_in,
    windows,
)
from tests.ratings import served, visit

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture(autouse=True)
async def hall(database: object, redis: object) -> None:
    del database, redis
    await open_morning()


async def last_in_line(ahead: int) -> Ticket:
    """Somebody with an appointment, behind so many who came early."""
    actor = await clerk()
    for _ in range(ahead):
        await walk_in(actor, later(-60))
    return await checked_in(actor, await appointment())


async def told(topic: str) -> int:
    return int(await database.fetchval("SELECT count(*) FROM outbox_event WHERE topic = $1", topic))


async def test_it_is_sent_once_when_few_are_ahead() -> None:
    ticket = await last_in_line(4)
    await queue.ask_for_nudge(ANONYMOUS, ticket.id, later(0))
    assert await queue.nudge_asked(ticket.id)
    with pytest.raises(AskedBefore):
        await queue.ask_for_nudge(ANONYMOUS, ticket.id, later(0))
    assert await queue.send_nudges(later(1)) == 0
    window = (await windows())[0]
    await queue.call_next(await seated(window), window.id, later(2))
    assert await queue.send_nudges(later(2)) == 1
    assert await queue.send_nudges(later(2)) == 0
    assert await told(queue.TURN_NEAR) == 1


async def test_a_number_without_a_person_has_no_phone() -> None:
    ticket = await walk_in(await clerk())
    with pytest.raises(NobodyToTell):
        await queue.ask_for_nudge(ANONYMOUS, ticket.id, later(0))


async def test_the_link_to_rate_goes_to_the_persons_phone_and_to_nobody_else() -> None:
    done = await visit()
    window = (await windows())[1]
    actor = await seated(window)
    await served(actor, window, await walk_in(actor))
    events = await claim([queue.BUSINESS_FINISHED], later(60), 10)
    assert len(events) == 2
    for event in events:
        await notices.expand(event, later(60))
    rows = await database.fetch("SELECT kind, channel, recipient_id, subject_id FROM notice")
    assert [tuple(row) for row in rows] == [
        ("visit_over", "sms", done.person_id, done.appointment_id)
    ]
    [due] = await claim([notices.Lane.SMS.topic], later(60), 10)
    dispatch = await notices.prepare(due, later(60))
    assert dispatch is not None
    assert isinstance(dispatch.facts, notices.VisitFacts)
    assert dispatch.facts.ticket.id == done.id
