"""From an event to notices, and the life of each until it is sent, failed or dropped."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from services import appointments, audit, identity, notices
from services.appointments import Appointment
from services.identity import Role
from services.kernel import database, leases, outbox
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import Conflict, Forbidden, NotSignedIn
from services.kernel.ids import new_id
from services.kernel.leases import Event, LeaseLost
from services.notices import (
    EXPANSIONS,
    AppointmentFacts,
    Channel,
    CodeFacts,
    Kind,
    Lane,
    NoticeExists,
    NoticeStatus,
    Reason,
)
from tests.bookings import TOMORROW, booked, open_hall, slots
from tests.people import ADDRESS, citizen_actor, named_person, new_phone, staff_actor

EMAIL = "wang.fang@example.org"
ADMINISTRATOR = staff_actor(new_id(), RoleAt(Role.ADMINISTRATOR))
DUE = tuple(lane.topic for lane in Lane)


@pytest.fixture
async def citizen(
    catalogue: "asyncpg.Connection[asyncpg.Record]", redis: Redis, clock: FixedClock
) -> Actor:
    """Somebody with a phone and a mail address, and a hall with slots. Their code was spent."""
    del catalogue, redis
    await open_hall()
    actor = citizen_actor(await named_person(clock.now()))
    await identity.save_details(actor, identity.Details(email=EMAIL, language="en"), clock.now())
    await expand_all(clock)
    for event in await leases.claim(DUE, clock.now(), 10):
        assert await notices.prepare(event, clock.now()) is None, "the code was spent"
    return actor


@pytest.fixture
async def appointment(citizen: Actor) -> Appointment:
    return await booked(citizen, (await slots(TOMORROW))[0].id)


async def expand_all(clock: FixedClock) -> None:
    for event in await leases.claim(tuple(EXPANSIONS), clock.now(), 10):
        await leases.consume(event, [notices.expand], clock.now())


async def due(clock: FixedClock, lane: Lane = Lane.EMAIL) -> Event:
    await expand_all(clock)
    [event] = await leases.claim([lane.topic], clock.now(), 1)
    return event


async def state(event: Event) -> tuple[str, str | None]:
    row = await database.fetchrow(
        "SELECT status, reason FROM notice WHERE id = $1", UUID(event.payload["notice_id"])
    )
    assert row is not None
    return row["status"], row["reason"]


class TestExpanding:
    async def test_one_notice_a_channel_each_due_by_an_event_of_its_own(
        self, appointment: Appointment, citizen: Actor, clock: FixedClock
    ) -> None:
        await expand_all(clock)
        mine = await notices.mine(citizen)
        assert {notice.channel for notice in mine} == set(Channel)
        assert {notice.kind for notice in mine} == {Kind.APPOINTMENT_BOOKED}
        assert {notice.subject_id for notice in mine} == {appointment.id}
        events = await leases.claim(DUE, clock.now(), 10)
        assert {event.payload["notice_id"] for event in events} == {str(each.id) for each in mine}

    async def test_who_has_no_mail_address_gets_a_text_alone(
        self, citizen: Actor, clock: FixedClock
    ) -> None:
        await identity.save_details(citizen, identity.Details(email="", language="en"), clock.now())
        await booked(citizen, (await slots(TOMORROW))[0].id)
        await expand_all(clock)
        assert [notice.channel for notice in await notices.mine(citizen)] == [Channel.SMS]

    async def test_the_same_event_never_makes_the_same_notice_twice(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        [event] = await leases.claim([appointments.BOOKED], clock.now(), 1)
        await leases.consume(event, [notices.expand], clock.now())
        await database.fetch(
            "UPDATE outbox_event SET status = 'leased', lease = $2, leased_until = $3,"
            " done_at = NULL WHERE id = $1",
            event.id,
            event.lease,
            clock.now() + timedelta(hours=1),
        )
        with pytest.raises(NoticeExists):
            await leases.consume(event, [notices.expand], clock.now())
        assert await database.fetchval("SELECT count(*) FROM notice WHERE event_id = $1", event.id)

    async def test_who_lost_the_lease_writes_no_notice(
        self, appointment: Appointment, citizen: Actor, clock: FixedClock
    ) -> None:
        [late] = await leases.claim([appointments.BOOKED], clock.now(), 1)
        clock.moment += leases.LEASE
        await leases.claim([appointments.BOOKED], clock.now(), 1)
        with pytest.raises(LeaseLost):
            await leases.consume(late, [notices.expand], clock.now())
        assert await notices.mine(citizen) == []
        assert await leases.claim(DUE, clock.now(), 10) == []

    async def test_no_address_or_name_is_kept(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        await expand_all(clock)
        kept = await database.fetchval(
            "SELECT string_agg(t, ' ') FROM (SELECT n::text AS t FROM notice n"
            " UNION ALL SELECT e::text FROM outbox_event e) every"
        )
        assert str(appointment.id) in kept
        assert EMAIL not in kept
        assert "张三" not in kept


class TestPreparing:
    async def test_what_to_say_and_to_whom_is_fetched_when_it_is_due(
        self, appointment: Appointment, citizen: Actor, clock: FixedClock
    ) -> None:
        event = await due(clock)
        moved = identity.Details(email="new@example.org", language="zh_CN")
        await identity.save_details(citizen, moved, clock.now())
        dispatch = await notices.prepare(event, clock.now())
        assert dispatch is not None
        assert (dispatch.to, dispatch.language) == ("new@example.org", "zh_CN")
        assert isinstance(dispatch.facts, AppointmentFacts)
        assert dispatch.facts.appointment == appointment
        assert dispatch.facts.item.code == appointment.item_code
        assert dispatch.facts.change_until < appointment.starts_at

    async def test_a_sign_in_code_goes_to_the_phone_that_asked(
        self, citizen: Actor, clock: FixedClock
    ) -> None:
        phone = new_phone()
        command = identity.RequestCode(phone=phone, address=ADDRESS, language="en")
        sent = await identity.request_sign_in_code(command, clock.now())
        event = await due(clock, Lane.CODES)
        dispatch = await notices.prepare(event, clock.now())
        assert dispatch is not None
        assert (dispatch.to, dispatch.channel, dispatch.language) == (phone, Channel.SMS, "en")
        assert isinstance(dispatch.facts, CodeFacts)
        assert dispatch.facts.expires_at == sent.expires_at

    async def test_a_code_that_has_expired_is_dropped(
        self, citizen: Actor, clock: FixedClock
    ) -> None:
        command = identity.RequestCode(phone=new_phone(), address=ADDRESS, language="en")
        await identity.request_sign_in_code(command, clock.now())
        event = await due(clock, Lane.CODES)
        clock.moment += timedelta(minutes=6)
        await leases.renew(event, clock.now())
        assert await notices.prepare(event, clock.now()) is None
        assert await state(event) == (NoticeStatus.DROPPED, Reason.TOO_LATE)

    async def test_a_retry_of_what_was_cancelled_since_is_dropped(
        self, appointment: Appointment, citizen: Actor, clock: FixedClock
    ) -> None:
        event = await due(clock)
        await leases.fail(event, "smtp_timeout", clock.now())
        await appointments.cancel(citizen, appointment.reference, clock.now())
        clock.moment += leases.FIRST_RETRY
        [again] = [
            each
            for each in await leases.claim([Lane.EMAIL.topic], clock.now(), 10)
            if each.id == event.id
        ]
        assert await notices.prepare(again, clock.now()) is None
        assert await state(event) == (NoticeStatus.DROPPED, Reason.OVERTAKEN)

    async def test_whose_address_is_gone_the_notice_fails_at_once(
        self, appointment: Appointment, citizen: Actor, clock: FixedClock
    ) -> None:
        event = await due(clock)
        await identity.save_details(citizen, identity.Details(email="", language="en"), clock.now())
        assert await notices.prepare(event, clock.now()) is None
        assert await state(event) == (NoticeStatus.FAILED, Reason.NO_ADDRESS)
        [dead] = await outbox.dead_events()
        assert (dead.id, dead.last_error) == (event.id, "no_address")

    async def test_what_was_sent_before_is_not_prepared_again(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        event = await due(clock)
        await notices.record_sent(event, clock.now())
        await database.fetch(
            "UPDATE outbox_event SET status = 'pending', done_at = NULL WHERE id = $1", event.id
        )
        [again] = await leases.claim([Lane.EMAIL.topic], clock.now(), 1)
        assert await notices.prepare(again, clock.now()) is None
        assert await leases.claim([Lane.EMAIL.topic], clock.now() + leases.LEASE, 1) == []


class TestRecording:
    async def test_sent(self, appointment: Appointment, citizen: Actor, clock: FixedClock) -> None:
        event = await due(clock)
        await notices.record_sent(event, clock.now())
        [notice] = [one for one in await notices.mine(citizen) if one.channel is Channel.EMAIL]
        assert (notice.status, notice.settled_at) == (NoticeStatus.SENT, clock.now())

    async def test_sent_by_who_lost_the_lease_is_not_recorded(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        late = await due(clock)
        clock.moment += leases.LEASE
        await leases.claim([Lane.EMAIL.topic], clock.now(), 1)
        with pytest.raises(LeaseLost):
            await notices.record_sent(late, clock.now())
        assert await state(late) == (NoticeStatus.PENDING, None)

    async def test_a_failure_that_may_pass_leaves_it_pending(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        event = await due(clock)
        await notices.record_failure(
            event, "smtp_421", Reason.UNREACHABLE, clock.now(), for_good=False
        )
        assert await state(event) == (NoticeStatus.PENDING, None)

    async def test_the_last_failure_and_a_refusal_end_it(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        event = await due(clock)
        await notices.record_failure(
            event, "smtp_recipient_550", Reason.REFUSED, clock.now(), for_good=True
        )
        assert await state(event) == (NoticeStatus.FAILED, Reason.REFUSED)


class TestRetrying:
    async def failed(self, clock: FixedClock) -> Event:
        event = await due(clock)
        await notices.record_failure(
            event, "smtp_recipient_550", Reason.REFUSED, clock.now(), for_good=True
        )
        return event

    async def test_an_administrator_has_it_sent_after_all(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        event = await self.failed(clock)
        await notices.retry(ADMINISTRATOR, event.id, clock.now())
        [again] = await leases.claim([Lane.EMAIL.topic], clock.now(), 1)
        assert await notices.prepare(again, clock.now()) is not None
        await notices.record_sent(again, clock.now())
        assert await state(event) == (NoticeStatus.SENT, None)
        [entry] = await audit.about("outbox_event", event.id)
        assert (entry.action, entry.actor_id) == ("outbox.retried", ADMINISTRATOR.id)

    async def test_a_whole_topic_at_once(self, appointment: Appointment, clock: FixedClock) -> None:
        await self.failed(clock)
        assert await notices.retry_all(ADMINISTRATOR, Lane.EMAIL.topic, clock.now()) == 1
        [entry] = await audit.about("outbox_topic", Lane.EMAIL.topic)
        assert entry.data == {"events": 1}

    async def test_it_cannot_be_retried_twice(
        self, appointment: Appointment, clock: FixedClock
    ) -> None:
        event = await self.failed(clock)
        await notices.retry(ADMINISTRATOR, event.id, clock.now())
        with pytest.raises(Conflict):
            await notices.retry(ADMINISTRATOR, event.id, clock.now())

    async def test_nobody_else_may(
        self, appointment: Appointment, citizen: Actor, clock: FixedClock
    ) -> None:
        event = await self.failed(clock)
        auditor = staff_actor(new_id(), RoleAt(Role.AUDITOR))
        with pytest.raises(Forbidden):
            await notices.retry(auditor, event.id, clock.now())
        with pytest.raises(Forbidden):
            await notices.retry_all(auditor, Lane.EMAIL.topic, clock.now())
        with pytest.raises(NotSignedIn):
            await notices.retry(citizen, event.id, clock.now())


async def test_everybody_sees_their_own_page_by_page(
    appointment: Appointment, citizen: Actor, clock: FixedClock
) -> None:
    await expand_all(clock)
    [first] = await notices.mine(citizen, limit=1)
    [second] = await notices.mine(citizen, before=first.id, limit=1)
    assert first.id > second.id
    assert await notices.mine(citizen, before=second.id) == []
    assert await notices.mine(citizen_actor(new_id())) == []


async def test_the_figures_add_up(appointment: Appointment, clock: FixedClock) -> None:
    mail = await due(clock)
    assert await notices.figures(clock.now()) == notices.Figures(
        pending=2, failed=0, sent=0, dropped=1
    )
    await notices.record_sent(mail, clock.now())
    [text] = await leases.claim([Lane.SMS.topic], clock.now(), 1)
    await notices.record_failure(text, "sms_422", Reason.REFUSED, clock.now(), for_good=True)
    assert await notices.figures(clock.now()) == notices.Figures(
        pending=0, failed=1, sent=1, dropped=1
    )
    clock.moment += timedelta(hours=25)
    assert await notices.figures(clock.now()) == notices.Figures(
        pending=0, failed=1, sent=0, dropped=0
    )


async def test_what_is_known_of_codes_is_forgotten_after_a_month(
    appointment: Appointment, citizen: Actor, clock: FixedClock
) -> None:
    await notices.record_sent(await due(clock), clock.now())
    clock.moment += timedelta(days=31)
    assert await notices.purge(clock.now()) == 1
    assert {notice.kind for notice in await notices.mine(citizen)} == {Kind.APPOINTMENT_BOOKED}
