"""Cancelling, moving, coming, and looking up."""

from datetime import timedelta

import pytest
from msgspec import structs

from services import appointments, audit
from services.appointments import (
    AlreadyBooked,
    AppointmentSettled,
    AppointmentStatus,
    AppointmentUnknown,
    DayTaken,
    NotToday,
    SameSlot,
    SlotFull,
    TooLateToChange,
    TrackRefused,
)
from services.kernel import database
from services.kernel.actor import ANONYMOUS, RoleAt
from services.kernel.errors import InvalidInput, NotSignedIn, RateLimited
from services.kernel.ids import show_reference
from services.kernel.translations import Language
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TODAY,
    TOMORROW,
    YESTERDAY,
    booked,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.people import citizen_actor, named_person, new_phone

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

ELSEWHERE = structs.replace(CLERK, roles=(RoleAt("clerk", "donge"),))


async def last_topic() -> str:
    return str(await database.fetchval("SELECT topic FROM outbox_event ORDER BY id DESC LIMIT 1"))


class TestCancel:
    async def test_the_seat_comes_back_after_a_while(self) -> None:
        await open_hall(seats=1)
        [first, _] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        gone = await appointments.cancel(citizen, made.reference, NOW)
        assert (gone.status, gone.cancelled_at) == (AppointmentStatus.CANCELLED, NOW)
        assert await last_topic() == "appointments.cancelled"
        other = await named()
        with pytest.raises(SlotFull):
            await booked(other, first.id, now=NOW + timedelta(minutes=4))
        await booked(other, first.id, now=NOW + timedelta(minutes=31))

    async def test_one_may_book_again(self) -> None:
        await open_hall()
        [first, second] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        await appointments.cancel(citizen, show_reference(made.reference), NOW)
        await booked(citizen, second.id)

    async def test_twice(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        await appointments.cancel(citizen, made.reference, NOW)
        with pytest.raises(AppointmentSettled) as refused:
            await appointments.cancel(citizen, made.reference, NOW)
        assert refused.value.data == {"status": "cancelled"}

    async def test_until_two_hours_before_but_staff_later(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        until = first.starts_at - timedelta(hours=2)
        assert await appointments.change_until(made) == until
        late = until + timedelta(seconds=1)
        with pytest.raises(TooLateToChange) as refused:
            await appointments.cancel(citizen, made.reference, late)
        assert refused.value.data == {"until": until}
        await appointments.cancel(CLERK, made.reference, late)

    async def test_only_ones_own(self) -> None:
        await open_hall()
        [first, _] = await slots()
        made = await booked(await named(), first.id)
        for stranger in (await named(), ELSEWHERE):
            with pytest.raises(AppointmentUnknown):
                await appointments.cancel(stranger, made.reference, NOW)
        with pytest.raises(NotSignedIn):
            await appointments.cancel(ANONYMOUS, made.reference, NOW)
        with pytest.raises(AppointmentUnknown):
            await appointments.cancel(CLERK, "nothing", NOW)


class TestReschedule:
    async def test_the_reference_stays_and_the_sequence_rises(self) -> None:
        await open_hall(seats=1)
        [first, second] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        moved = await appointments.reschedule(citizen, made.reference, second.id, NOW)
        assert (moved.id, moved.reference, moved.sequence) == (made.id, made.reference, 1)
        assert (moved.slot_id, moved.starts_at) == (second.id, second.starts_at)
        assert await seat_states(first.id) == ["free"]
        assert await seat_states(second.id) == ["booked"]
        assert await last_topic() == "appointments.rescheduled"
        assert (await slots())[0].left == 0
        assert (await slots(now=NOW + timedelta(minutes=31)))[0].left == 1

    async def test_what_fails_leaves_it_as_it_was(self) -> None:
        await open_hall(seats=1)
        [first, second] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        await booked(await named(), second.id)
        with pytest.raises(SlotFull):
            await appointments.reschedule(citizen, made.reference, second.id, NOW)
        with pytest.raises(SameSlot):
            await appointments.reschedule(citizen, made.reference, first.id, NOW)
        assert await appointments.own(citizen, made.reference) == made
        assert await seat_states(first.id) == ["booked"]

    async def test_to_another_office(self) -> None:
        await open_hall()
        await open_hall(office_code="donge")
        citizen = await named()
        made = await booked(citizen, (await slots())[0].id)
        [there, _] = await slots(office_code="donge")
        moved = await appointments.reschedule(citizen, made.reference, there.id, NOW)
        assert moved.office_code == "donge"

    async def test_not_onto_the_day_of_another_appointment(self) -> None:
        await open_hall()
        citizen = await named()
        made = await booked(citizen, (await slots())[0].id)
        [there, _] = await slots(TOMORROW + timedelta(days=1))
        other = await booked(citizen, there.id, item_code=OTHER_ITEM)
        with pytest.raises(DayTaken) as refused:
            await appointments.reschedule(citizen, made.reference, there.id, NOW)
        assert refused.value.data == {"reference": other.reference}

    async def test_nothing_that_is_over(self) -> None:
        await open_hall()
        [first, second] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        await appointments.cancel(citizen, made.reference, NOW)
        with pytest.raises(AppointmentSettled):
            await appointments.reschedule(citizen, made.reference, second.id, NOW)


class TestAttendance:
    async def test_come_served_and_over(self) -> None:
        await open_hall()
        citizen = await named()
        made = await booked(citizen, (await slots(TODAY, now=YESTERDAY))[0].id, now=YESTERDAY)
        assert [one.id for one in await appointments.expected_today(OFFICE, NOW)] == [made.id]
        here = await appointments.check_in(CLERK, made.id, NOW)
        assert here.status is AppointmentStatus.CHECKED_IN
        assert await appointments.expected_today(OFFICE, NOW) == []
        with pytest.raises(AppointmentSettled):
            await appointments.check_in(CLERK, made.id, NOW)
        with pytest.raises(AppointmentSettled):
            await appointments.cancel(citizen, made.reference, NOW)
        done = await appointments.complete(CLERK, made.id, NOW)
        assert done.status is AppointmentStatus.COMPLETED
        assert [entry.action for entry in await audit.about("appointment", made.id)] == [
            "appointment.completed",
            "appointment.checked_in",
            "appointment.booked",
        ]
        [tomorrow, _] = await slots()
        await booked(citizen, tomorrow.id)

    async def test_on_the_day_only(self) -> None:
        await open_hall()
        made = await booked(await named(), (await slots(TOMORROW))[0].id)
        with pytest.raises(NotToday):
            await appointments.check_in(CLERK, made.id, NOW)
        assert (await appointments.appointment(made.id)).status is AppointmentStatus.BOOKED

    async def test_whoever_missed_the_call_may_come_back(self) -> None:
        await open_hall()
        made = await booked(await named(), (await slots(TODAY, now=YESTERDAY))[0].id, now=YESTERDAY)
        await appointments.check_in(CLERK, made.id, NOW)
        missed = await appointments.mark_no_show(CLERK, made.id, NOW)
        assert missed.status is AppointmentStatus.NO_SHOW
        await appointments.check_in(CLERK, made.id, NOW)

    async def test_coming_back_does_not_make_two_of_one_item(self) -> None:
        await open_hall()
        citizen = await named()
        made = await booked(citizen, (await slots(TODAY, now=YESTERDAY))[0].id, now=YESTERDAY)
        await appointments.mark_no_show(CLERK, made.id, NOW)
        await booked(citizen, (await slots(TOMORROW))[0].id)
        with pytest.raises(AlreadyBooked):
            await appointments.check_in(CLERK, made.id, NOW)


class TestReading:
    async def test_own_and_nobody_elses(self) -> None:
        await open_hall()
        citizen, other = await named(), await named()
        made = await booked(citizen, (await slots())[0].id)
        assert await appointments.own(citizen, show_reference(made.reference).lower()) == made
        assert await appointments.coming(citizen, NOW) == [made]
        assert await appointments.mine(other) == []
        with pytest.raises(AppointmentUnknown):
            await appointments.own(other, made.reference)

    async def test_page_by_page(self) -> None:
        await open_hall(seats=3)
        citizen = await named()
        made = []
        for _ in range(3):
            one = await booked(citizen, (await slots())[0].id)
            made.append(await appointments.cancel(citizen, one.reference, NOW))
        newest = await appointments.mine(citizen, limit=2)
        assert newest == made[:0:-1]
        assert await appointments.mine(citizen, newest[-1].id, limit=2) == made[:1]

    async def test_at_the_office(self) -> None:
        await open_hall()
        made = await booked(await named(), (await slots())[0].id)
        assert await appointments.for_office(OFFICE, made.reference) == made
        with pytest.raises(AppointmentUnknown):
            await appointments.for_office("donge", made.reference)
        assert await appointments.by_reference("K7M3X") is None


class TestTracking:
    async def test_the_reference_and_the_end_of_the_phone(self) -> None:
        await open_hall()
        phone = new_phone()
        citizen = citizen_actor(await named_person(NOW, phone=phone))
        made = await booked(citizen, (await slots())[0].id)
        found = await appointments.track(ANONYMOUS, made.reference, phone[-4:], "192.0.2.1", NOW)
        assert found == made
        assert (await audit.about("appointment", made.id))[0].action == "appointment.tracked"

    async def test_the_same_answer_whatever_is_wrong(self) -> None:
        await open_hall()
        without_phone = await booked(await named(), (await slots())[0].id)
        for reference, tail in (
            (without_phone.reference, "0000"),
            ("23456-789AA", "0000"),
            ("23456789AC", "0000"),
        ):
            with pytest.raises(TrackRefused):
                await appointments.track(ANONYMOUS, reference, tail, "192.0.2.1", NOW)

    async def test_mistyping_blocks_nobody_else(self) -> None:
        for number in range(12):
            with pytest.raises(TrackRefused):
                address = f"192.0.2.{number}"
                await appointments.track(ANONYMOUS, "23456789AA", "1234", address, NOW)

    async def test_what_cannot_be_meant_is_not_looked_up(self) -> None:
        for _ in range(20):
            with pytest.raises(InvalidInput) as refused:
                await appointments.track(ANONYMOUS, "K7M3X", "一二三四", "192.0.2.1", NOW)
            assert [one.field for one in refused.value.errors] == ["reference", "phone_tail"]

    async def test_nobody_tries_all_ten_thousand(self) -> None:
        await open_hall()
        made = await booked(await named(), (await slots())[0].id)
        for _ in range(5):
            with pytest.raises(TrackRefused):
                await appointments.track(ANONYMOUS, made.reference, "1234", "192.0.2.1", NOW)
        with pytest.raises(RateLimited):
            await appointments.track(ANONYMOUS, made.reference, "1234", "192.0.2.2", NOW)


async def test_the_calendar_file() -> None:
    await open_hall()
    citizen = await named()
    made = await booked(citizen, (await slots())[0].id, item_code=ITEM)

    def written(one: appointments.Appointment, language: Language = Language.CHINESE) -> str:
        return appointments.calendar_file(
            one,
            summary="补领身份证",
            location="东昌府区",
            description="请带齐材料",
            language=language,
            now=NOW,
        ).decode()

    text = written(made)
    assert f"UID:{made.reference}@banshitong" in text
    assert "DTSTART:20250708T060000Z" in text
    assert "METHOD:PUBLISH" in text
    assert "PRODID:-//Banshitong//Appointments//ZH" in text
    assert "PRODID:-//Banshitong//Appointments//EN" in written(made, Language.ENGLISH)
    gone = written(await appointments.cancel(citizen, made.reference, NOW))
    assert "METHOD:CANCEL" in gone
    assert "STATUS:CANCELLED" in gone
    assert "SEQUENCE:1" in gone
