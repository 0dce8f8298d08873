"""What counts against people, when it pauses booking, and what takes it back."""

from datetime import datetime, timedelta

import pytest

from services import appointments, identity
from services.appointments import (
    BLOCKED,
    NO_SHOW_WARNED,
    AnswerAppeal,
    Appointment,
    AppointmentStatus,
    BookingBlocked,
    BookVisit,
    DeclareEmergency,
    PenaltyReason,
    Rule,
    StrikeKind,
)
from services.appointments.standing.housekeeping import KEEP_STRIKES
from services.kernel import database
from services.kernel.actor import SYSTEM, Actor
from services.kernel.errors import Forbidden, InvalidInput, NotFound
from services.kernel.ids import new_id
from tests.bookings import CLERK, ITEM, NOW, OFFICE, TOMORROW, keep_rule, named, slots
from tests.parties import family as family_of
from tests.people import citizen_actor, new_resident_id
from tests.standing import (
    ADMINISTRATOR,
    SUPERVISOR,
    appointed,
    cancelled,
    evening,
    missed,
    open_halls,
    published,
    standing_of,
)

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

WORDS = "当天孩子急诊住院，实在无法到大厅办理业务，请予核实。"
LATER = NOW + timedelta(days=7)


@pytest.fixture(autouse=True)
async def halls(catalogue: None, redis: object) -> None:
    del catalogue, redis
    await open_halls()


class TestNoShows:
    async def test_the_first_is_followed_by_a_warning(self) -> None:
        citizen = await named()
        one = await missed(citizen)
        found = await standing_of(citizen)
        [counted] = found.counted
        assert (counted.kind, counted.reference) == (StrikeKind.NO_SHOW, one.reference)
        assert counted.counts_until == one.starts_at + timedelta(days=30)
        assert not found.blocked
        assert (await published(NO_SHOW_WARNED), await published(BLOCKED)) == (1, 0)

    async def test_the_second_pauses_booking_for_a_month(self) -> None:
        citizen = await named()
        await missed(citizen, 0)
        second = await missed(citizen, 1)
        found = await standing_of(citizen)
        assert found.penalty is not None
        assert found.penalty.reason is PenaltyReason.NO_SHOWS
        assert found.penalty.office_code == OFFICE
        assert found.penalty.blocked_until == evening(second) + timedelta(days=30)
        assert found.counted == ()
        assert (await published(NO_SHOW_WARNED), await published(BLOCKED)) == (1, 1)
        with pytest.raises(BookingBlocked) as refused:
            await appointed(citizen, 3, now=NOW + timedelta(days=2, hours=23))
        assert refused.value.data == {"blocked_until": found.penalty.blocked_until}

    async def test_what_is_older_than_the_rule_says_does_not_count(self) -> None:
        await keep_rule(Rule(no_shows_days=1))
        citizen = await named()
        await missed(citizen, 0)
        await missed(citizen, 2)
        assert not (await standing_of(citizen)).blocked

    async def test_each_hall_may_have_figures_of_its_own(self) -> None:
        await keep_rule(Rule(no_shows=1, blocked_days=3), office_code=OFFICE)
        citizen = await named()
        one = await missed(citizen)
        penalty = (await standing_of(citizen, evening(one))).penalty
        assert penalty is not None
        assert penalty.blocked_until == evening(one) + timedelta(days=3)
        assert await published(NO_SHOW_WARNED) == 0

    async def test_whoever_comes_back_the_same_day_has_not_missed_it(self) -> None:
        citizen = await named()
        await missed(citizen, 0)
        second = await missed(citizen, 1)
        assert (await standing_of(citizen)).blocked
        await appointments.check_in(CLERK, second.id, evening(second))
        found = await standing_of(citizen)
        assert not found.blocked
        assert found.number(StrikeKind.NO_SHOW) == 1
        await appointments.mark_no_show(SYSTEM, second.id, evening(second))
        assert (await standing_of(citizen)).blocked

    async def test_a_misclick_that_is_taken_back_does_not_count(self) -> None:
        citizen = await named()
        made = await appointed(citizen)
        await appointments.check_in(CLERK, made.id, made.starts_at)
        await appointments.mark_no_show(CLERK, made.id, made.starts_at)
        steps = (AppointmentStatus.NO_SHOW, AppointmentStatus.CHECKED_IN)
        await appointments.step_back(CLERK, made.id, *steps, made.starts_at)
        assert (await standing_of(citizen)).counted == ()

    async def test_a_pause_is_not_made_longer_while_it_runs(self) -> None:
        citizen = await named()
        made = [await appointed(citizen, number) for number in range(4)]
        for one in made:
            await appointments.mark_no_show(SYSTEM, one.id, evening(one))
        assert await published(BLOCKED) == 1


class TestWhoIsMeant:
    async def test_another_account_with_the_same_phone_is_paused_too(self) -> None:
        """The phone goes on to somebody else's account after its holder has missed twice."""
        await keep_rule(Rule(no_shows=1))
        phone = "13800001234"
        registered = await identity.register_by_staff(
            CLERK,
            identity.RegisterByStaff(
                name="张三", id_type="resident_id", id_number=new_resident_id(), phone=phone
            ),
            NOW,
        )
        first = citizen_actor(registered.person_id)
        await missed(first)
        await identity.move_phone(SUPERVISOR, registered.person_id, "13800005678", NOW)
        other = await identity.register_by_staff(
            CLERK,
            identity.RegisterByStaff(
                name="李四", id_type="resident_id", id_number=new_resident_id(), phone=phone
            ),
            NOW,
        )
        second = citizen_actor(other.person_id)
        assert (await standing_of(second)).blocked
        assert (await standing_of(first)).blocked
        assert not (await standing_of(await named())).blocked


class TestCancellations:
    async def test_the_fifth_in_a_month_pauses_booking(self) -> None:
        citizen = await named()
        for number in range(4):
            await cancelled(citizen, number)
        found = await standing_of(citizen, NOW)
        assert found.number(StrikeKind.CANCELLATION) == 4
        assert not found.blocked
        fifth = await appointed(citizen, 0)
        counts = await appointments.if_cancelled(citizen, fifth, NOW)
        assert counts is not None
        assert (counts.number, counts.pauses) == (5, True)
        await appointments.cancel(citizen, fifth.reference, NOW)
        found = await standing_of(citizen, NOW)
        assert found.penalty is not None
        assert found.penalty.reason is PenaltyReason.CANCELLATIONS
        assert (len(found.led_to), found.counted) == (5, ())

    async def test_what_staff_cancel_does_not_count(self) -> None:
        citizen = await named()
        made = await appointed(citizen)
        await appointments.cancel(CLERK, made.reference, NOW)
        assert (await standing_of(citizen, NOW)).counted == ()


class TestForCompanions:
    async def test_who_cancels_for_others_answers_for_it(self) -> None:
        family = await family_of()
        made = await family.books((await slots(TOMORROW))[0].id)
        [child, *_] = [one for one in made if one.person_id == family.people[0]]
        await appointments.cancel(family.organiser, child.reference, NOW)
        [counted] = (await standing_of(family.organiser, NOW)).counted
        assert (counted.kind, counted.reference) == (StrikeKind.CANCELLATION, child.reference)

    async def test_a_party_is_one_cancellation_a_day(self) -> None:
        family = await family_of()
        made = await family.books((await slots(TOMORROW + timedelta(days=1)))[0].id)
        first, second, third = made
        assert await would_be(family.organiser, first, NOW) == 1
        for one in (first, second):
            await appointments.cancel(family.organiser, one.reference, NOW)
        assert (await standing_of(family.organiser, NOW)).number(StrikeKind.CANCELLATION) == 1
        assert await would_be(family.organiser, third, NOW) is None
        next_day = NOW + timedelta(days=1)
        assert await would_be(family.organiser, third, next_day) == 2
        await appointments.cancel(family.organiser, third.reference, next_day)
        found = await standing_of(family.organiser, next_day)
        assert found.number(StrikeKind.CANCELLATION) == 2

    async def test_all_at_once_is_one(self) -> None:
        family = await family_of()
        made = await family.books((await slots(TOMORROW))[0].id)
        assert made[0].party_id is not None
        await appointments.cancel_party(family.organiser, made[0].party_id, NOW)
        assert (await standing_of(family.organiser, NOW)).number(StrikeKind.CANCELLATION) == 1

    async def test_giving_back_a_childs_place_again_and_again_pauses_the_organiser(self) -> None:
        """Whether they come along or not; then they cannot book for the child either."""
        await keep_rule(Rule(bookings_a_day=1))
        family = await family_of(companions=1)
        [first, *_] = await slots(TOMORROW)
        visit = BookVisit(item_code=ITEM, slot_id=first.id, people=family.people, myself=False)
        [child] = await appointments.book_visit(family.organiser, visit, NOW)
        await appointments.cancel(family.organiser, child.reference, NOW)
        [child] = await appointments.book_visit(family.organiser, visit, NOW)
        penalty = (await standing_of(family.organiser, NOW)).penalty
        assert penalty is not None
        assert penalty.reason is PenaltyReason.BOOKINGS
        await appointments.cancel(family.organiser, child.reference, NOW)
        with pytest.raises(BookingBlocked):
            await appointments.book_visit(family.organiser, visit, NOW)

    async def test_what_staff_cancel_of_a_family_does_not_count(self) -> None:
        family = await family_of()
        made = await family.books((await slots(TOMORROW))[0].id)
        for one in made:
            await appointments.cancel(CLERK, one.reference, NOW)
        assert (await standing_of(family.organiser, NOW)).counted == ()


async def would_be(citizen: Actor, appointment: Appointment, now: datetime) -> int | None:
    """The number that this cancellation would have; None if it would not count."""
    counts = await appointments.if_cancelled(citizen, appointment, now)
    return counts.number if counts else None


class TestBookingAgainAndAgain:
    async def once(self, citizen: Actor) -> None:
        made = await appointed(citizen)
        await appointments.cancel(citizen, made.reference, NOW)

    async def test_one_more_than_three_a_day_pauses_booking(self) -> None:
        citizen = await named()
        for _ in range(3):
            await self.once(citizen)
        assert not (await standing_of(citizen, NOW)).blocked
        made = await appointed(citizen)
        found = await standing_of(citizen, NOW)
        assert found.penalty is not None
        assert found.penalty.reason is PenaltyReason.BOOKINGS
        assert (await appointments.own(citizen, made.reference)).active
        with pytest.raises(BookingBlocked):
            await appointed(citizen, 1)

    async def test_another_item_counts_for_itself(self) -> None:
        await keep_rule(Rule(bookings_a_day=1, cancellations=9))
        citizen = await named()
        await self.once(citizen)
        await appointed(citizen, 1)
        assert not (await standing_of(citizen, NOW)).blocked


class TestTheNight:
    async def test_who_was_never_checked_in_has_missed_it(self) -> None:
        citizen = await named()
        made = await appointed(citizen)
        coming = await appointed(await named(), 3)
        night = evening(made) + timedelta(minutes=20)
        assert await appointments.close_days(night) == 1
        assert await appointments.close_days(night) == 0
        assert (await appointments.appointment(made.id)).status is AppointmentStatus.NO_SHOW
        assert (await appointments.appointment(coming.id)).status is AppointmentStatus.BOOKED
        assert (await standing_of(citizen)).number(StrikeKind.NO_SHOW) == 1

    async def test_a_closed_hall_is_nobodys_fault(self) -> None:
        made = await appointed(await named())
        await database.fetch("UPDATE slot SET closed_at = $1 WHERE id = $2", NOW, made.slot_id)
        assert await appointments.close_days(evening(made) + timedelta(minutes=20)) == 0


class TestEmergency:
    async def declare(self, office_code: str | None = None) -> None:
        await appointments.declare_emergency(
            ADMINISTRATOR,
            DeclareEmergency(reason_zh="疫情防控", reason_en="Epidemic", office_code=office_code),
            NOW,
        )

    async def test_nobody_is_penalised_while_it_is_in_force(self) -> None:
        await self.declare()
        citizen = await named()
        await missed(citizen, 0)
        await missed(citizen, 1)
        await cancelled(citizen, 2)
        assert (await standing_of(citizen)).counted == ()
        assert await published(NO_SHOW_WARNED) == 0

    async def test_what_was_missed_in_it_stays_excused_after_it(self) -> None:
        await self.declare()
        made = await appointed(await named())
        [emergency] = await appointments.emergencies()
        await appointments.end_emergency(ADMINISTRATOR, emergency.id, made.ends_at)
        await appointments.close_days(evening(made) + timedelta(hours=1))
        assert await published(NO_SHOW_WARNED) == 0

    async def test_earlier_pauses_do_not_hold_at_that_hall(self) -> None:
        await keep_rule(Rule(no_shows=1))
        citizen = await named()
        await missed(citizen)
        with pytest.raises(BookingBlocked):
            await appointed(citizen, 2)
        await self.declare("donge")
        with pytest.raises(BookingBlocked):
            await appointed(citizen, 2)
        await self.declare(OFFICE)
        await appointed(citizen, 2)

    async def test_only_an_administrator_with_a_reason(self) -> None:
        with pytest.raises(Forbidden):
            await appointments.declare_emergency(
                SUPERVISOR, DeclareEmergency(reason_zh="疫情", reason_en="Epidemic"), NOW
            )
        with pytest.raises(InvalidInput) as refused:
            await appointments.declare_emergency(
                ADMINISTRATOR,
                DeclareEmergency(reason_zh="", reason_en="Epidemic", ends_at=NOW),
                NOW,
            )
        assert [one.field for one in refused.value.errors] == ["reason_zh", "ends_at"]

    async def test_one_at_a_time_for_a_place(self) -> None:
        await self.declare()
        with pytest.raises(appointments.EmergencyDeclared):
            await self.declare()
        [emergency] = await appointments.emergencies()
        await appointments.end_emergency(ADMINISTRATOR, emergency.id, NOW + timedelta(hours=1))
        with pytest.raises(appointments.EmergencyOver):
            await appointments.end_emergency(ADMINISTRATOR, emergency.id, LATER)
        with pytest.raises(NotFound):
            await appointments.end_emergency(ADMINISTRATOR, new_id(), LATER)
        assert await appointments.emergency_at(OFFICE, LATER) is None


class TestForgetting:
    async def test_what_no_rule_can_count_any_more_is_deleted(self) -> None:
        citizen = await named()
        one = await missed(citizen)
        kept_until = one.starts_at + KEEP_STRIKES
        assert timedelta(days=366) <= KEEP_STRIKES
        assert await appointments.purge(kept_until) == 0
        assert await appointments.purge(kept_until + timedelta(seconds=1)) == 1
        assert await database.fetchval("SELECT count(*) FROM booking_strike") == 0

    async def test_what_led_to_a_pause_stays_while_somebody_appeals(self) -> None:
        citizen = await named()
        await missed(citizen, 0)
        second = await missed(citizen, 1)
        written = await appointments.write_appeal(citizen, WORDS, evening(second))
        long_after = evening(second) + 2 * KEEP_STRIKES
        assert await appointments.purge(long_after) == 0
        answer = AnswerAppeal(appeal_id=written.id, granted=False, reason="因特殊情况已核实")
        await appointments.answer_appeal(SUPERVISOR, answer, long_after)
        assert await appointments.purge(long_after) == 2
        assert (await appointments.appeal(SUPERVISOR, written.id)).penalty_id
