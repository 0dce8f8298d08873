"""One person in several tabs, and a seat that two are after in the same moment."""

from datetime import datetime, time, timedelta
from functools import partial

import pytest

from services import appointments
from services.appointments import (
    AlreadyBooked,
    Appointment,
    AppointmentSettled,
    AppointmentStatus,
    Book,
    HeldSeat,
    Hold,
    HoldExpired,
    SlotFull,
)
from services.kernel import database
from services.kernel.errors import DomainError
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    TODAY,
    TOMORROW,
    YESTERDAY,
    booked,
    held,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.harness.run import Worker
from tests.races.guards import alone, overtaken, without, without_index, without_trigger
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

ROUNDS = 5


@pytest.fixture(autouse=True)
async def hall(committed_database: None, redis: object) -> None:
    """A hall with one seat a slot, really committed."""
    del committed_database, redis
    await open_hall(seats=1)


async def consistent() -> bool:
    """Whether seats, holds and appointments tell the same story."""
    wrong = await database.fetchval(
        """
        SELECT count(*) FROM seat
          LEFT JOIN hold ON hold.seat_id = seat.id AND hold.status = 'active'
          LEFT JOIN appointment a ON a.seat_id = seat.id AND a.status <> 'cancelled'
         WHERE (seat.state = 'booked') <> (a.id IS NOT NULL)
            OR (seat.state = 'held') <> (hold.id IS NOT NULL)
        """
    )
    return bool(wrong == 0)


@pytest.mark.control_of(
    "test_two_times_booked_in_two_tabs",
    "test_the_same_form_sent_twice",
)
async def test_without_the_indexes_one_person_books_twice(worker: Worker) -> None:
    citizen = await named()
    here, there = await slots(TOMORROW)
    tabs = [
        partial(appointments.book, citizen, Book(item_code=ITEM, slot_id=one.id), NOW)
        for one in (here, there)
    ]
    async with (
        without_index(worker, "appointment_one_per_person_and_item"),
        without_index(worker, "appointment_number_per_person_line_and_day"),
        without_trigger(worker, "appointment_items_once", on="appointment"),
    ):
        with overtaken(by=tabs[1], after="LEFT JOIN hold mine") as other:
            mine = await alone(tabs[0])
    assert isinstance(mine, Appointment)
    assert isinstance(other.outcome, Appointment)


async def test_two_times_booked_in_two_tabs() -> None:
    for _ in range(ROUNDS):
        citizen = await named()
        times = [*await slots(TOMORROW), *await slots(TOMORROW + timedelta(days=1))]
        outcomes = await all_at_once(
            partial(appointments.book, citizen, Book(item_code=ITEM, slot_id=one.id), NOW)
            for one in times[:4]
        )
        [made] = [one for one in outcomes if isinstance(one, Appointment)]
        assert sum(isinstance(one, AlreadyBooked) for one in outcomes) == 3
        assert await consistent()
        await appointments.cancel(citizen, made.reference, NOW - timedelta(hours=1))


async def test_the_same_form_sent_twice() -> None:
    [first, _] = await slots(TOMORROW)
    citizen = await named()
    kept = await held(citizen, first.id)
    command = Book(item_code=ITEM, hold_id=kept.id)
    outcomes = await all_at_once([partial(appointments.book, citizen, command, NOW)] * 4)
    [made] = [one for one in outcomes if isinstance(one, Appointment)]
    refused = [one for one in outcomes if isinstance(one, AlreadyBooked)]
    assert [one.data for one in refused] == [{"reference": made.reference}] * 3
    assert await consistent()


@pytest.mark.control_of("test_two_times_held_in_two_tabs")
async def test_without_the_index_one_person_holds_two_seats(worker: Worker) -> None:
    citizen = await named()
    here, there = await slots(TOMORROW)
    tabs = [
        partial(appointments.hold, citizen, Hold(slot_id=one.id, item_code=ITEM), NOW)
        for one in (here, there)
    ]
    async with without_index(worker, "hold_one_per_person_and_item"):
        with overtaken(by=tabs[1], after="LEFT JOIN hold mine") as other:
            mine = await tabs[0]()
    assert isinstance(mine, HeldSeat)
    assert isinstance(other.outcome, HeldSeat)


async def test_two_times_held_in_two_tabs() -> None:
    citizen = await named()
    outcomes = await all_at_once(
        partial(appointments.hold, citizen, Hold(slot_id=one.id, item_code=ITEM), NOW)
        for one in await slots(TOMORROW)
    )
    assert any(isinstance(one, HeldSeat) for one in outcomes)
    active = await database.fetchval("SELECT count(*) FROM hold WHERE status = 'active'")
    assert active == 1
    assert await consistent()


_LOCKED = "SELECT id FROM seat WHERE id = ANY($1::uuid[]) ORDER BY id"


@pytest.mark.control_of(
    "test_a_hold_confirmed_while_it_runs_out",
    "test_a_hold_confirmed_too_late",
)
async def test_without_lock_and_index_a_seat_is_confirmed_and_claimed(worker: Worker) -> None:
    [first, _] = await slots(TOMORROW)
    slow, quick = await named(), await named()
    kept = await held(slow, first.id)
    confirm = partial(
        appointments.book, slow, Book(item_code=ITEM, hold_id=kept.id), NOW + timedelta(minutes=9)
    )
    claim = partial(
        appointments.book,
        quick,
        Book(item_code=ITEM, slot_id=first.id),
        NOW + timedelta(minutes=10),
    )
    async with without_index(worker, "appointment_one_per_seat"):
        with (
            without("FOR UPDATE", of=_LOCKED),
            overtaken(by=claim, after="SELECT hold.id, seat.share FROM hold") as other,
        ):
            mine = await alone(confirm)
        assert isinstance(mine, Appointment)
        assert isinstance(other.outcome, Appointment)
        seats = await database.fetchval("SELECT count(DISTINCT seat_id) FROM appointment")
        assert seats == 1


async def confirm_against_claim(confirmed_at: datetime, claimed_at: datetime) -> list[object]:
    [first, _] = await slots(TOMORROW)
    slow, quick = await named(), await named()
    kept = await held(slow, first.id)
    outcomes = await all_at_once(
        [
            partial(appointments.book, slow, Book(item_code=ITEM, hold_id=kept.id), confirmed_at),
            partial(appointments.book, quick, Book(item_code=ITEM, slot_id=first.id), claimed_at),
        ]
    )
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert await seat_states(first.id) == ["booked"]
    assert await consistent()
    for one in outcomes:
        if isinstance(one, Appointment):
            await appointments.cancel(CLERK, one.reference, NOW - timedelta(hours=1))
    return outcomes


async def test_a_hold_confirmed_while_it_runs_out() -> None:
    """Two clocks that differ: one of the two gets the seat, the other hears why not."""
    in_time, too_late = NOW + timedelta(minutes=9), NOW + timedelta(minutes=10)
    for _ in range(ROUNDS):
        slow, quick = await confirm_against_claim(in_time, too_late)
        assert isinstance(slow, (Appointment, HoldExpired))
        assert isinstance(quick, (Appointment, SlotFull))


async def test_a_hold_confirmed_too_late() -> None:
    late = NOW + timedelta(minutes=10)
    slow, quick = await confirm_against_claim(late, late)
    assert isinstance(slow, HoldExpired)
    assert isinstance(quick, Appointment)


_ONES_OWN = "party.organiser_id"


@pytest.mark.control_of("test_cancelled_while_checking_in")
async def test_without_lock_and_state_whoever_is_there_is_cancelled() -> None:
    await open_hall(starts=time(16), ends=time(17))
    citizen = await named()
    made = await booked(citizen, (await slots(TODAY, now=YESTERDAY))[-1].id, now=YESTERDAY)
    arrival = partial(appointments.check_in, CLERK, made.id, NOW)
    with (
        without("FOR UPDATE OF a", of=_ONES_OWN),
        without(
            "AND status = ANY($3::text[])",
            of="UPDATE appointment SET status",
            instead="AND $3::text[] IS NOT NULL",
        ),
        overtaken(by=arrival, after=_ONES_OWN) as other,
    ):
        mine = await appointments.cancel(citizen, made.reference, NOW - timedelta(hours=1))
    assert isinstance(other.outcome, Appointment), "they were told that they are checked in"
    assert mine.status is AppointmentStatus.CANCELLED, "and they are not"


async def test_cancelled_while_checking_in() -> None:
    # A seat for every round: whoever is checked in keeps theirs.
    await open_hall(starts=time(16), ends=time(17), seats=ROUNDS)
    roomy = (await slots(TODAY, now=YESTERDAY))[-1]
    for _ in range(ROUNDS):
        citizen = await named()
        made = await booked(citizen, roomy.id, now=YESTERDAY)
        outcomes = await all_at_once(
            [
                partial(appointments.cancel, citizen, made.reference, NOW - timedelta(hours=1)),
                partial(appointments.check_in, CLERK, made.id, NOW),
            ]
        )
        [won] = [one for one in outcomes if isinstance(one, Appointment)]
        [lost] = [one for one in outcomes if isinstance(one, DomainError)]
        assert isinstance(lost, AppointmentSettled)
        assert won.status in {AppointmentStatus.CANCELLED, AppointmentStatus.CHECKED_IN}
        assert (await appointments.appointment(made.id)).status is won.status
        assert await consistent()
        if won.status is AppointmentStatus.CHECKED_IN:
            return


@pytest.mark.control_of("test_moved_and_cancelled_at_once")
async def test_without_lock_and_state_a_cancelled_appointment_takes_a_seat() -> None:
    [first, second] = await slots(TOMORROW)
    citizen = await named()
    made = await booked(citizen, first.id)
    with (
        without("FOR UPDATE OF a", of=_ONES_OWN),
        without(
            "AND appointment.status = $9", of="WITH moved AS", instead="AND $9::text IS NOT NULL"
        ),
        overtaken(
            by=partial(appointments.cancel, citizen, made.reference, NOW), after=_ONES_OWN
        ) as other,
    ):
        await appointments.reschedule(citizen, made.reference, second.id, NOW)
    assert isinstance(other.outcome, Appointment)
    assert not await consistent()


async def test_moved_and_cancelled_at_once() -> None:
    [first, second] = await slots(TOMORROW)
    citizen = await named()
    made = await booked(citizen, first.id)
    outcomes = await all_at_once(
        [
            partial(appointments.cancel, citizen, made.reference, NOW),
            partial(appointments.reschedule, citizen, made.reference, second.id, NOW),
        ]
    )
    assert isinstance(outcomes[0], Appointment)
    assert outcomes[0].status is AppointmentStatus.CANCELLED
    assert isinstance(outcomes[1], Appointment | AppointmentSettled)
    assert await consistent()


@pytest.mark.control_of("test_everybody_moves_to_the_same_seat_and_none_is_lost")
async def test_without_skipping_a_claim_stands_in_line() -> None:
    await open_hall(seats=2, starts=time(16), ends=time(17))
    slot = (await slots(TOMORROW))[-1]
    one, two = await named(), await named()
    command = Book(item_code=ITEM, slot_id=slot.id)
    claim = "WITH picked AS MATERIALIZED"
    with (
        without("SKIP LOCKED", of=claim),
        overtaken(by=partial(appointments.book, two, command, NOW), after=claim),
        pytest.raises(TimeoutError),
    ):
        await alone(partial(appointments.book, one, command, NOW))


async def test_everybody_moves_to_the_same_seat_and_none_is_lost() -> None:
    """Claims wait for nobody, so crossing moves cannot lock each other out."""
    days = [TOMORROW + timedelta(days=ahead) for ahead in range(3)]
    people = []
    for day in days:
        citizen = await named()
        people.append((citizen, await booked(citizen, (await slots(day))[0].id)))
    target = (await slots(TOMORROW))[1]
    outcomes = await all_at_once(
        partial(appointments.reschedule, citizen, made.reference, target.id, NOW)
        for citizen, made in people
    )
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert sum(isinstance(one, SlotFull) for one in outcomes) == 2
    for citizen, made in people:
        assert (await appointments.own(citizen, made.reference)).active
    assert await consistent()
