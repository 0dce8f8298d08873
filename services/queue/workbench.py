"""What a clerk works with: the present ticket, who waits, and who is expected."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import appointments, catalog, identity
from services.appointments import Appointment, AppointmentStatus
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.queue.sittings import DESK_ROLES
from services.queue.states import TicketStatus
from services.queue.tickets import COLUMNS, Ticket, from_row

MOST_SHOWN = 60


class Seat(Struct, frozen=True, kw_only=True):
    """A window, who sits there, and the number that it is busy with."""

    window: catalog.Window
    staff_id: UUID | None
    clerk: str | None
    number: str | None
    status: TicketStatus | None


class Workbench(Struct, frozen=True, kw_only=True):
    """One window's view. `names` are masked, by person.

    `waiting` is in the order of calling and cut off at MOST_SHOWN; `waiting_count` is not. `missed`
    may come back today. `expected` have an appointment later today or have not come yet.
    """

    office: catalog.Office
    window: catalog.Window
    seated: bool
    taken_by: str | None
    current: Ticket | None
    waiting: tuple[Ticket, ...]
    waiting_count: int
    missed: tuple[Ticket, ...]
    expected: tuple[Appointment, ...]
    names: Mapping[UUID, str]
    served_today: int


async def seats(actor: Actor, office_code: str) -> tuple[Seat, ...]:
    """The windows of an office and who works them. Raises OfficeUnknown or Forbidden."""
    actor.require_role(*DESK_ROLES, office_code=office_code)
    windows = await catalog.office_windows(office_code)
    rows = await database.fetch(
        """
        SELECT w.id, s.staff_id, t.number, t.status
          FROM office_window w
          LEFT JOIN window_session s ON s.window_id = w.id AND s.left_at IS NULL
          LEFT JOIN ticket t ON t.window_id = w.id AND t.status IN ('called', 'serving')
         WHERE w.office_code = $1
        """,
        office_code,
    )
    found = {row["id"]: row for row in rows}
    names = await identity.staff_names(row["staff_id"] for row in rows if row["staff_id"])
    return tuple(
        Seat(
            window=window,
            staff_id=(row := found[window.id])["staff_id"],
            clerk=names.get(row["staff_id"]),
            number=row["number"],
            status=TicketStatus(row["status"]) if row["status"] else None,
        )
        for window in windows
    )


async def workbench(actor: Actor, window_id: UUID, now: datetime) -> Workbench:
    """Everything that one window's page shows. Raises WindowUnknown or Forbidden."""
    window = await catalog.window(window_id)
    actor.require_role(*DESK_ROLES, office_code=window.office_code)
    staff_id = await database.fetchval(
        "SELECT staff_id FROM window_session WHERE window_id = $1 AND left_at IS NULL", window_id
    )
    taken_by = None
    if staff_id not in (None, actor.id):
        taken_by = (await identity.staff_names([staff_id])).get(staff_id)
    current, waiting, missed = await _tickets(window, now)
    expected = tuple(
        one
        for one in await appointments.expected_today(window.office_code, now)
        if one.status is AppointmentStatus.BOOKED and one.line in window.lines
    )
    people = {one.person_id for one in (*waiting, *missed)} | {one.person_id for one in expected}
    if current is not None:
        people.add(current.person_id)
    return Workbench(
        office=await catalog.office(window.office_code),
        window=window,
        seated=staff_id is not None and staff_id == actor.id,
        taken_by=taken_by,
        current=current,
        waiting=waiting[:MOST_SHOWN],
        waiting_count=len(waiting),
        missed=missed,
        expected=expected[:MOST_SHOWN],
        names=await identity.display_names(person for person in people if person is not None),
        served_today=await _served_today(actor, window, now),
    )


async def _tickets(
    window: catalog.Window, now: datetime
) -> tuple[Ticket | None, tuple[Ticket, ...], tuple[Ticket, ...]]:
    # The present ticket is shown whatever day it is from, so that it can be finished.
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM ticket
         WHERE (window_id = $1 AND status IN ('called', 'serving'))
            OR (office_code = $2 AND day = $3 AND line = ANY($4)
                AND (status = 'waiting' OR (status = 'skipped' AND returned_at IS NULL)))
         ORDER BY order_at, id
        """,  # noqa: S608 - the column list is a constant
        window.id,
        window.office_code,
        local_date(now),
        list(window.lines),
    )
    found = [from_row(row) for row in rows]
    at_window = TicketStatus.at_window()
    return (
        next((one for one in found if one.status in at_window), None),
        tuple(one for one in found if one.status is TicketStatus.WAITING),
        tuple(one for one in found if one.status is TicketStatus.SKIPPED),
    )


async def _served_today(actor: Actor, window: catalog.Window, now: datetime) -> int:
    return int(
        await database.fetchval(
            """
            SELECT count(*) FROM ticket
             WHERE office_code = $1 AND day = $2 AND called_by = $3 AND status = 'finished'
            """,
            window.office_code,
            local_date(now),
            actor.id,
        )
    )
