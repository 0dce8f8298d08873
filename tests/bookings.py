"""Makes halls with slots, and people who book them, through the areas' own operations."""

from datetime import UTC, date, datetime, time
from uuid import UUID

from msgspec import structs

from services import appointments, identity
from services.appointments import AddSchedule, Appointment, Book, Hold, Rule, SlotView
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import SYSTEM, Actor, ActorKind, RoleAt
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from tests.people import citizen_actor, new_resident_id

OFFICE = "dongchangfu"
ITEM = "id-card-renew"  # household
OTHER_ITEM = "move-in"  # household as well
VEHICLE_ITEM = "licence-renewal"

# Monday 7 July 2025, 09:00 in Shanghai, as the clock fixture has it.
NOW = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)
TODAY = date(2025, 7, 7)
# A Sunday, on which the Monday can still be booked online.
YESTERDAY = datetime(2025, 7, 6, 1, 0, tzinfo=UTC)
TOMORROW = date(2025, 7, 8)

CLERK = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("clerk", OFFICE),))


async def open_hall(
    now: datetime = NOW,
    *,
    office_code: str = OFFICE,
    line: Line = Line.HOUSEHOLD,
    starts: time = time(14),
    ends: time = time(16),
    slot_minutes: int = 60,
    seats: int = 2,
    kept_telephone: int = 0,
    kept_green_channel: int = 0,
    kept_on_site: int = 0,
) -> None:
    """Schedules from Monday to Friday and their slots: by default 14:00 and 15:00, two seats."""
    for weekday in range(1, 6):
        await appointments.add_schedule(
            SYSTEM,
            AddSchedule(
                office_code=office_code,
                line=line,
                weekday=weekday,
                starts=starts,
                ends=ends,
                slot_minutes=slot_minutes,
                seats=seats,
                kept_telephone=kept_telephone,
                kept_green_channel=kept_green_channel,
                kept_on_site=kept_on_site,
                valid_from=date(2025, 1, 1),
            ),
            now,
        )
    await appointments.generate_slots(now)


async def slots(
    day: date = TOMORROW, *, now: datetime = NOW, item_code: str = ITEM, office_code: str = OFFICE
) -> list[SlotView]:
    """What a citizen sees on one day."""
    return await appointments.availability(office_code, item_code, day, day, now)


async def named(now: datetime = NOW, *, name: str = "张三") -> Actor:
    """A citizen with a real name and no phone, registered at a counter."""
    registered = await identity.register_by_staff(
        CLERK,
        identity.RegisterByStaff(name=name, id_type="resident_id", id_number=new_resident_id()),
        now,
    )
    return citizen_actor(registered.person_id)


async def booked(
    actor: Actor, slot_id: UUID, *, item_code: str = ITEM, now: datetime = NOW
) -> Appointment:
    """An appointment booked straight into a slot."""
    return await appointments.book(actor, Book(item_code=item_code, slot_id=slot_id), now)


async def held(
    actor: Actor, slot_id: UUID, *, item_code: str = ITEM, now: datetime = NOW
) -> appointments.HeldSeat:
    """A seat held for a citizen."""
    return await appointments.hold(actor, Hold(slot_id=slot_id, item_code=item_code), now)


async def keep_rule(rule: Rule, *, office_code: str | None = None, line: str | None = None) -> None:
    """A booking rule of its own for an office, a line, both, or everywhere."""
    columns = {
        "id": new_id(),
        "office_code": office_code,
        "line": line,
        **structs.asdict(rule),
        "version": 1,
    }
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    async with unit_of_work() as uow:
        await uow.execute(
            f"INSERT INTO booking_rule ({', '.join(columns)}) VALUES ({places})",
            *columns.values(),
        )


async def waits(actor: Actor, *, item_code: str = ITEM, now: datetime = NOW) -> UUID:
    """An entry of the waiting list, whether or not there is room; its key."""
    entry_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO waitlist_entry
                   (id, person_id, item_code, line, minutes, status, first_day, last_day,
                    created_at)
            SELECT $1, $2, code, line, 10, 'waiting', $4::date, $4::date + 7, $5
              FROM item WHERE code = $3
            """,
            entry_id,
            actor.person_id(),
            item_code,
            local_date(now),
            now,
        )
        await uow.execute(
            "INSERT INTO waitlist_office (id, entry_id, office_code) VALUES ($1, $2, $3)",
            new_id(),
            entry_id,
            OFFICE,
        )
    return entry_id


async def seat_states(slot_id: UUID) -> list[str]:
    """The state of each seat of a slot, by number."""
    rows = await database.fetch(
        "SELECT state FROM seat WHERE slot_id = $1 ORDER BY number", slot_id
    )
    return [row["state"] for row in rows]
