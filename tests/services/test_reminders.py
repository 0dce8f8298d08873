"""Reminders: at their hour, once for each time, for who is expected and wants them."""

from datetime import datetime, timedelta

import pytest

from services import appointments, identity, notices
from services.appointments import Appointment
from services.kernel import leases
from services.kernel.actor import Actor
from services.notices import Kind
from tests.bookings import NOW, booked, open_hall, slots
from tests.people import citizen_actor, named_person

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

# Booked on Monday at 09:00 for Tuesday at 14:00.
AT_SIX = NOW + timedelta(hours=9)
AT_NOON = NOW + timedelta(days=1, hours=3)


async def appointment() -> tuple[Actor, Appointment]:
    await open_hall()
    citizen = citizen_actor(await named_person(NOW))
    return citizen, await booked(citizen, (await slots())[0].id)


async def reminded(citizen: Actor, now: datetime) -> list[Kind]:
    """What is told when the worker looks at `now`, twice."""
    await appointments.remind(now)
    await appointments.remind(now)
    before = {one.id for one in await notices.mine(citizen)}
    for event in await leases.claim([appointments.REMINDER_DUE], now, 10):
        await leases.consume(event, [notices.expand], now)
    return [one.kind for one in await notices.mine(citizen) if one.id not in before]


async def test_the_evening_before_and_two_hours_before_once_each() -> None:
    citizen, _ = await appointment()
    assert await reminded(citizen, AT_SIX - timedelta(minutes=1)) == []
    assert await reminded(citizen, AT_SIX) == [Kind.REMINDER_DAY_BEFORE]
    assert await reminded(citizen, AT_SIX + timedelta(minutes=5)) == []
    assert await reminded(citizen, AT_NOON - timedelta(minutes=1)) == []
    assert await reminded(citizen, AT_NOON) == [Kind.REMINDER_SOON]
    assert await reminded(citizen, AT_NOON + timedelta(minutes=1)) == []


async def test_a_worker_that_was_away_does_not_remind_at_night_nor_at_the_door() -> None:
    citizen, _ = await appointment()
    assert await reminded(citizen, AT_SIX + timedelta(hours=4)) == []
    assert await reminded(citizen, AT_NOON + timedelta(minutes=100)) == []


async def test_not_of_what_is_cancelled_and_anew_of_what_is_moved() -> None:
    citizen, made = await appointment()
    assert await reminded(citizen, AT_SIX) == [Kind.REMINDER_DAY_BEFORE]
    other = (await slots())[1]
    await appointments.reschedule(citizen, made.reference, other.id, AT_SIX)
    assert await reminded(citizen, AT_SIX + timedelta(minutes=1)) == [Kind.REMINDER_DAY_BEFORE]
    assert await reminded(citizen, AT_NOON) == [], "the old time"
    await appointments.cancel(citizen, made.reference, AT_NOON - timedelta(hours=2))
    assert await reminded(citizen, AT_NOON + timedelta(hours=1)) == []


async def test_who_moves_in_between_hears_of_the_new_time_only() -> None:
    citizen, made = await appointment()
    await appointments.remind(AT_SIX)
    await appointments.reschedule(citizen, made.reference, (await slots())[1].id, AT_SIX)
    assert await reminded(citizen, AT_SIX) == [Kind.REMINDER_DAY_BEFORE]


async def test_who_has_just_booked_is_not_reminded_and_who_does_not_want_it_neither() -> None:
    await open_hall()
    late = citizen_actor(await named_person(NOW))
    await booked(late, (await slots())[0].id, now=AT_SIX + timedelta(minutes=10))
    assert await reminded(late, AT_SIX + timedelta(minutes=20)) == []
    quiet = citizen_actor(await named_person(NOW))
    await booked(quiet, (await slots())[0].id)
    await identity.set_reminders(quiet, False, NOW)
    assert await reminded(quiet, AT_SIX + timedelta(minutes=21)) == []
    await identity.set_reminders(quiet, True, NOW)
    assert await reminded(quiet, AT_NOON) == [Kind.REMINDER_SOON]
