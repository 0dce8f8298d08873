"""What PostgreSQL refuses by itself, whatever an operation forgot."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from services.appointments import (
    AlreadyBooked,
    Appointment,
    DayTaken,
    SlotFull,
    WaitingAlready,
    release_hold,
)
from services.appointments.booking.errors import HeldElsewhere
from services.appointments.rulebook.errors import RuleTwice, WrongRule
from services.appointments.rules import Rule, claimable
from services.appointments.seating.seats import CLAIMABLE
from services.appointments.states import SeatState
from services.kernel import database
from services.kernel.errors import DomainError, NotFound
from services.kernel.ids import new_id, new_reference
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import (
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    booked,
    held,
    keep_rule,
    named,
    open_hall,
    slots,
)

pytestmark = pytest.mark.usefixtures("catalogue", "redis")


@pytest.fixture
async def made() -> Appointment:
    """Somebody's appointment."""
    await open_hall()
    return await booked(await named(), (await slots())[0].id)


async def copy_of(made: Appointment, **changes: object) -> None:
    """Write a second appointment like `made`, past every check of the operations."""
    row = await database.fetchrow("SELECT * FROM appointment WHERE id = $1", made.id)
    assert row is not None
    values = dict(row) | {"id": new_id(), "reference": new_reference()} | changes
    del values["day"], values["leads"]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    async with unit_of_work() as uow:
        await uow.execute(
            f"INSERT INTO appointment ({', '.join(values)}) VALUES ({places})",
            *values.values(),
        )


async def free_seat(made: Appointment) -> object:
    return await database.fetchval(
        "SELECT id FROM seat WHERE slot_id = $1 AND state = 'free'", made.slot_id
    )


async def test_a_seat_is_used_once(made: Appointment) -> None:
    stranger = await named()
    with pytest.raises(SlotFull):
        await copy_of(made, person_id=stranger.id)
    for status in ("checked_in", "completed", "no_show"):
        with pytest.raises(SlotFull):
            await copy_of(made, person_id=stranger.id, status=status)
    await copy_of(made, person_id=stranger.id, status="cancelled", cancelled_at=NOW)


async def test_a_person_has_one_active_appointment_an_item(made: Appointment) -> None:
    with pytest.raises(AlreadyBooked):
        await copy_of(made, seat_id=await free_seat(made))


async def test_a_person_has_one_a_line_and_day(made: Appointment) -> None:
    with pytest.raises(DayTaken):
        await copy_of(made, seat_id=await free_seat(made), item_code=OTHER_ITEM)


async def test_an_appointment_cannot_disagree_with_its_slot_or_seat(made: Appointment) -> None:
    stranger = await named()
    [_, second] = await slots()
    free = await free_seat(made)
    for changes in (
        {"starts_at": made.starts_at + timedelta(minutes=1)},
        {"office_code": "donge"},
        {"slot_id": second.id, "starts_at": second.starts_at, "ends_at": second.ends_at},
        {"share": "telephone"},
    ):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await copy_of(made, **({"person_id": stranger.id, "seat_id": free} | changes))


async def test_what_is_booked_is_not_deleted(made: Appointment) -> None:
    for table in ("slot", "seat", "person", "item"):
        with pytest.raises((asyncpg.IntegrityConstraintViolationError, NotFound, SlotFull)):
            async with unit_of_work() as uow:
                await uow.execute(f"DELETE FROM {table}")
    assert made.active


@pytest.mark.parametrize(
    "change",
    [
        "state = 'held', held_until = NULL",
        "state = 'free', held_until = now()",
        "state = 'booked', returns_at = now()",
        "state = 'lost'",
        "share = 'friends'",
        "number = 0",
    ],
)
async def test_a_seat_says_one_thing(made: Appointment, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with unit_of_work() as uow:
            await uow.execute(f"UPDATE seat SET {change} WHERE slot_id = $1", made.slot_id)


async def test_a_hold_is_the_only_one_of_its_seat_and_of_its_person_and_item() -> None:
    await open_hall()
    [first, _] = await slots()
    citizen, stranger = await named(), await named()
    kept = await held(citizen, first.id)

    async def second(person_id: object, seat: str) -> None:
        async with unit_of_work() as uow:
            await uow.execute(
                f"""
                INSERT INTO hold (id, seat_id, person_id, item_code, status, expires_at, created_at)
                SELECT $1, seat.id, $2, $3, 'active', $4, $5 FROM seat
                 WHERE slot_id = $6 AND {seat} LIMIT 1
                """,
                new_id(),
                person_id,
                ITEM,
                kept.expires_at,
                NOW,
                first.id,
            )

    theirs = await held(stranger, first.id, item_code=OTHER_ITEM)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with unit_of_work() as uow:
            # What is part of a hold is for the same person and item.
            await uow.execute("UPDATE hold SET part_of = $2 WHERE id = $1", theirs.id, kept.id)
    await release_hold(stranger, theirs.id, NOW)
    with pytest.raises(SlotFull):
        await second(stranger.id, "state = 'held'")
    with pytest.raises(HeldElsewhere):
        await second(citizen.id, "state = 'free'")


class TestTablesForTheNextRules:
    async def refused(self, error: type[Exception], sql: str, *args: object) -> None:
        with pytest.raises(error):
            async with unit_of_work() as uow:
                await uow.execute(sql, *args)

    async def test_one_rule_a_place(self) -> None:
        await keep_rule(Rule(), office_code=OFFICE)
        await keep_rule(Rule())
        with pytest.raises(RuleTwice):
            await keep_rule(Rule(), office_code=OFFICE)
        with pytest.raises(RuleTwice):
            await keep_rule(Rule())

    @pytest.mark.parametrize(
        "wrong",
        [
            Rule(days_ahead=0, days_before=0),
            Rule(days_ahead=2, days_before=3),
            Rule(return_min_minutes=31),
            Rule(fair_start_seconds=61),
            Rule(offer_minutes=0),
            Rule(hold_extensions=-1),
            Rule(per_day_and_line=0),
            Rule(no_shows=0),
            Rule(no_shows_days=0),
            Rule(bookings_a_day=0),
            Rule(cancellations=0),
            Rule(cancellations_days=0),
            Rule(blocked_days=0),
        ],
        ids=repr,
    )
    async def test_a_rule_is_within_its_ranges(self, wrong: Rule) -> None:
        with pytest.raises(WrongRule):
            await keep_rule(wrong)

    async def test_a_group_has_people_and_a_firm_only_if_it_is_a_firms(self) -> None:
        citizen = await named()
        sql = """
            INSERT INTO party (id, kind, organiser_id, size, created_at)
            VALUES (gen_random_uuid(), $1, $2, $3, now())
        """
        async with unit_of_work() as uow:
            await uow.execute(sql, "family", citizen.id, 2)
        await self.refused(asyncpg.CheckViolationError, sql, "family", citizen.id, 0)
        await self.refused(asyncpg.CheckViolationError, sql, "firm", citizen.id, 2)
        await self.refused(DomainError, sql, "family", new_id(), 2)

    async def test_one_place_on_the_waiting_list_an_item(self) -> None:
        citizen = await named()
        sql = """
            INSERT INTO waitlist_entry (id, person_id, item_code, line, minutes, status, first_day,
                   last_day, created_at, closed_at, offered_until)
            VALUES (gen_random_uuid(), $1, $2, 'household', 10, $5, $3, $4, now(), $6, $7)
        """
        first, last = date(2025, 7, 8), date(2025, 7, 9)
        place = (citizen.id, ITEM)
        async with unit_of_work() as uow:
            await uow.execute(sql, *place, first, last, "left", NOW, None)
            await uow.execute(sql, *place, first, last, "waiting", None, None)
        await self.refused(WaitingAlready, sql, *place, first, last, "waiting", None, None)
        other = (citizen.id, OTHER_ITEM)
        broken = asyncpg.CheckViolationError
        await self.refused(broken, sql, *other, last, first, "waiting", None, None)
        await self.refused(broken, sql, *other, first, last, "waiting", None, NOW)
        await self.refused(broken, sql, *other, first, last, "offered", None, None)
        await self.refused(broken, sql, *other, first, last, "taken", None, None)

    async def test_a_penalty_ends_after_it_began(self) -> None:
        citizen = await named()
        sql = """
            INSERT INTO booking_penalty
                   (id, person_id, reason, office_code, imposed_at, blocked_until)
            VALUES (gen_random_uuid(), $1, $2, 'dongchangfu', $3, $4)
        """
        later = NOW + timedelta(days=30)
        async with unit_of_work() as uow:
            await uow.execute(sql, citizen.id, "no_shows", NOW, later)
        # One at a time for a person; the next may follow it.
        await self.refused(asyncpg.ExclusionViolationError, sql, citizen.id, "bookings", NOW, later)
        async with unit_of_work() as uow:
            await uow.execute(sql, citizen.id, "bookings", later, later + timedelta(days=1))
        await self.refused(asyncpg.CheckViolationError, sql, citizen.id, "no_shows", later, NOW)
        await self.refused(asyncpg.CheckViolationError, sql, citizen.id, "mood", NOW, later)


async def test_the_sql_of_a_claim_is_the_rule() -> None:
    moments = [None, *(datetime(2025, 7, 7, hour, tzinfo=UTC) for hour in (0, 1, 2))]
    for state in SeatState:
        for held_until in moments:
            for returns_at in moments:
                by_sql = await database.fetchval(
                    f"""
                    SELECT coalesce({CLAIMABLE.format(now="$4::timestamptz")}, false)
                      FROM (SELECT $1::text AS state, $2::timestamptz AS held_until,
                                   $3::timestamptz AS returns_at) seat
                    """,
                    state,
                    held_until,
                    returns_at,
                    NOW,
                )
                assert by_sql == claimable(state, held_until, returns_at, NOW)
