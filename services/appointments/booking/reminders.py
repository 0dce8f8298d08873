"""Reminding of what lies ahead: the evening before, and two hours before; once for each time."""

from datetime import datetime, time, timedelta
from uuid import UUID

from services.appointments import events
from services.appointments.rules import reminder_due, reminder_lost
from services.appointments.states import Reminder
from services.kernel import database
from services.kernel.clock import local_date, local_moment
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

SWEEP = 500

# By way of the seats, whose indexes there are: appointments have none by time.
_AHEAD = """
    SELECT a.id, a.sequence, a.starts_at, a.booked_at
      FROM slot
      JOIN seat ON seat.slot_id = slot.id AND seat.state = 'booked'
      JOIN appointment a ON a.seat_id = seat.id AND a.status = 'booked'
     WHERE slot.starts_at > $1 AND slot.starts_at < $2
       AND NOT EXISTS (SELECT FROM appointment_reminder r
                        WHERE r.appointment_id = a.id AND r.sequence = a.sequence AND r.kind = $3)
     ORDER BY slot.starts_at, a.id LIMIT $4
"""


async def remind(now: datetime) -> int:
    """Give out the reminders that are due, as events; the number given out.

    Each once for each time of an appointment, however many workers run this. Whoever has booked
    since a reminder was due has just been told and is not reminded.
    """
    given = 0
    for kind in Reminder:
        first, last = _window(kind, now)
        if first >= last:
            continue
        rows = await database.fetch(_AHEAD, first, last, kind, SWEEP)
        due = [
            (row["id"], row["sequence"])
            for row in rows
            if reminder_due(kind, row["starts_at"]) <= now < reminder_lost(kind, row["starts_at"])
        ]
        fresh = {
            row["id"] for row in rows if row["booked_at"] > reminder_due(kind, row["starts_at"])
        }
        if due:
            async with unit_of_work() as uow:
                given += await _give_out(uow, kind, due, fresh, now)
    return given


def _window(kind: Reminder, now: datetime) -> tuple[datetime, datetime]:
    """Between which moments the appointments begin that may be due."""
    if kind is Reminder.SOON:
        return now, now + timedelta(hours=2, minutes=1)
    tomorrow = local_date(now) + timedelta(days=1)
    morning = local_moment(tomorrow, time())
    if reminder_due(kind, morning) > now:
        return now, now
    return morning, morning + timedelta(days=1)


async def _give_out(
    uow: UnitOfWork,
    kind: Reminder,
    due: list[tuple[UUID, int]],
    fresh: set[UUID],
    now: datetime,
) -> int:
    """Keep that they are given out, also for those who need none."""
    rows = await uow.fetch(
        """
        INSERT INTO appointment_reminder (id, appointment_id, sequence, kind, created_at)
        SELECT id, appointment_id, sequence, $4, $5
          FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS new (id, appointment_id, sequence)
            ON CONFLICT DO NOTHING
        RETURNING appointment_id, sequence
        """,
        [new_id() for _ in due],
        [appointment_id for appointment_id, _ in due],
        [sequence for _, sequence in due],
        kind,
        now,
    )
    wanted = [row for row in rows if row["appointment_id"] not in fresh]
    for row in wanted:
        await events.remind(row["appointment_id"], row["sequence"], kind, now)
    return len(wanted)
