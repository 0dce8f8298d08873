"""What a clerk works with: the present ticket, who waits, and who is expected."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import appointments, catalog, identity
from services.appointments import Appointment, AppointmentStatus
from services.kernel import database
from services.kernel.actor import Actor
from services.queue.assignments import windows
from services.queue.listing import MOST_SHOWN, tickets_of
from services.queue.pauses import Pause, pauses
from services.queue.sittings import DESK_ROLES
from services.queue.states import TicketStatus
from services.queue.station import Undoable, station
from services.queue.tickets import Ticket


class Seat(Struct, frozen=True, kw_only=True):
    """A window, who sits there, and the number that it is busy with."""

    window: catalog.Window
    staff_id: UUID | None
    clerk: str | None
    number: str | None
    status: TicketStatus | None
    pause: Pause | None


class Workbench(Struct, frozen=True, kw_only=True):
    """One window's view. `names` are masked, by person; `notes` are what clerks left, by ticket.

    `remarks` say what people with an appointment wished for, by appointment.
    `waiting` is in the order of calling and cut off at MOST_SHOWN, `waiting_count` at MOST_COUNTED.
    `missed` may come back today, `parked` fetch a paper. `expected` have an appointment later today
    or have not come yet. `windows` are all of the office, with the lines that they serve now.
    """

    office: catalog.Office
    window: catalog.Window
    windows: tuple[catalog.Window, ...]
    seated: bool
    taken_by: str | None
    pause: Pause | None
    undoable: Undoable | None
    current: Ticket | None
    waiting: tuple[Ticket, ...]
    waiting_count: int
    missed: tuple[Ticket, ...]
    parked: tuple[Ticket, ...]
    notes: Mapping[UUID, str]
    remarks: Mapping[UUID, appointments.Remarks]
    expected: tuple[Appointment, ...]
    names: Mapping[UUID, str]
    served_today: int


async def seats(actor: Actor, office_code: str, now: datetime) -> tuple[Seat, ...]:
    """The windows of an office and who works them. Raises OfficeUnknown or Forbidden."""
    actor.require_role(*DESK_ROLES, office_code=office_code)
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
    paused = await pauses(office_code)
    return tuple(
        Seat(
            window=window,
            staff_id=(row := found[window.id])["staff_id"],
            clerk=names.get(row["staff_id"]),
            number=row["number"],
            status=TicketStatus(row["status"]) if row["status"] else None,
            pause=paused.get(window.id),
        )
        for window in await windows(office_code, now)
    )


class Floor(Struct, frozen=True, kw_only=True):
    """What all desks of an office have in common: read once for those who ask at once."""

    office: catalog.Office
    windows: tuple[catalog.Window, ...]
    expected: tuple[Appointment, ...]


async def floor(office_code: str, now: datetime) -> Floor:
    """An office's windows with the lines that they serve, and who is still to come today.

    Raises OfficeUnknown. It is for `workbench`, which asks who wants to know.
    """
    return Floor(
        office=await catalog.office(office_code),
        windows=await windows(office_code, now),
        expected=tuple(
            one
            for one in await appointments.expected_today(office_code, now)
            if one.status is AppointmentStatus.BOOKED
        ),
    )


async def workbench(
    actor: Actor, window_id: UUID, now: datetime, around: Floor | None = None
) -> Workbench:
    """Everything that one window's page shows; `around` is its office's floor if it is at hand.

    Raises WindowUnknown or Forbidden.
    """
    here = await station(actor, window_id, now)
    actor.require_role(*DESK_ROLES, office_code=here.office_code)
    hall = around or await floor(here.office_code, now)
    window = next(one for one in hall.windows if one.id == window_id)
    taken_by = None
    if here.staff_id not in (None, actor.id):
        taken_by = (await identity.staff_names([here.staff_id])).get(here.staff_id)
    shown = await tickets_of(window, now)
    expected = tuple(one for one in hall.expected if one.line in window.lines)
    people = {one.person_id for one in shown.all()} | {one.person_id for one in expected}
    return Workbench(
        office=hall.office,
        window=window,
        windows=hall.windows,
        seated=here.staff_id is not None and here.staff_id == actor.id,
        taken_by=taken_by,
        pause=here.pause,
        undoable=here.undoable,
        current=shown.current,
        waiting=shown.waiting,
        waiting_count=shown.waiting_count,
        missed=shown.missed,
        parked=shown.parked,
        notes=shown.notes,
        remarks=await appointments.remarks(
            actor,
            here.office_code,
            [one.appointment_id for one in shown.all() if one.appointment_id is not None],
        ),
        expected=expected[:MOST_SHOWN],
        names=await identity.display_names(person for person in people if person is not None),
        served_today=here.served_today,
    )
