"""Makes a hall at work: clerks at windows, and people who come, through the areas' operations."""

from datetime import UTC, datetime, time, timedelta

from services import appointments, catalog, queue
from services.catalog import Line, Window
from services.kernel.actor import Actor, RoleAt
from services.queue import CheckIn, Priority, Ticket, WalkIn
from tests.bookings import NOW, OFFICE, booked, named, open_hall, slots
from tests.people import new_staff, staff_actor

# Tuesday 8 July 2025, 08:45 in Shanghai: check-in for nine o'clock is open.
MORNING = datetime(2025, 7, 8, 0, 45, tzinfo=UTC)
NINE = datetime(2025, 7, 8, 1, 0, tzinfo=UTC)
OTHER_OFFICE = "chiping"


def later(minutes: float) -> datetime:
    """So many minutes after MORNING."""
    return MORNING + timedelta(minutes=minutes)


async def open_morning(now: datetime = NOW, *, office_code: str = OFFICE) -> None:
    """A hall whose household windows can be booked from 09:00 to 11:00, four seats an hour."""
    await open_hall(now, office_code=office_code, starts=time(9), ends=time(11), seats=4)


async def windows(line: Line = Line.HOUSEHOLD, *, office_code: str = OFFICE) -> list[Window]:
    """The office's windows that serve a line."""
    return [one for one in await catalog.office_windows(office_code) if line in one.lines]


async def clerk(*, office_code: str = OFFICE, role: str = "clerk") -> Actor:
    """A member of staff who sits nowhere yet."""
    held = RoleAt(role, office_code)
    return staff_actor(await new_staff(NOW, held), held)


async def seated(window: Window, *, now: datetime = MORNING, role: str = "clerk") -> Actor:
    """A clerk at a window."""
    actor = await clerk(office_code=window.office_code, role=role)
    await queue.sit_down(actor, window.id, now)
    return actor


async def appointment(hour: int = 9, *, office_code: str = OFFICE) -> appointments.Appointment:
    """Somebody's appointment tomorrow at `hour`, at an office that `open_morning` opened."""
    offered = await slots(office_code=office_code)
    slot = next(one for one in offered if one.starts_at == NINE + timedelta(hours=hour - 9))
    return await booked(await named(), slot.id)


async def checked_in(
    actor: Actor,
    booking: appointments.Appointment,
    now: datetime = MORNING,
    *,
    priority: Priority = Priority.NORMAL,
) -> Ticket:
    """The ticket of somebody who shows a slip."""
    command = CheckIn(
        office_code=booking.office_code, reference=booking.reference, priority=priority
    )
    return await queue.check_in(actor, command, now)


async def walk_in(
    actor: Actor,
    now: datetime = MORNING,
    *,
    line: Line = Line.HOUSEHOLD,
    priority: Priority = Priority.NORMAL,
    item_code: str | None = None,
) -> Ticket:
    """The ticket of somebody without an appointment."""
    command = WalkIn(office_code=OFFICE, line=line, priority=priority, item_code=item_code)
    return await queue.take_ticket(actor, command, now)
