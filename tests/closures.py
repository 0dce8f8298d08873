"""Closes halls, and works off what that calls for, as the workers do."""

from datetime import date, datetime, time, timedelta

from services import appointments
from services.appointments import (
    WITHIN_DAYS,
    ApplyChange,
    Close,
    DisplacementStatus,
    Preview,
    TimetableChange,
    Treatment,
)
from services.catalog import Text
from services.kernel import database, leases
from services.kernel.actor import Actor, RoleAt
from tests.bookings import NOW, OFFICE, TOMORROW
from tests.people import new_staff, staff_actor

NOTE = Text("停电检修", "power cut")


async def administrator(now: datetime = NOW) -> Actor:
    """An administrator of all offices."""
    role = RoleAt("administrator")
    return staff_actor(await new_staff(now, role), role)


async def supervisor(office_code: str = OFFICE, now: datetime = NOW) -> Actor:
    """A supervisor of one office."""
    role = RoleAt("supervisor", office_code)
    return staff_actor(await new_staff(now, role), role)


def closing(day: date = TOMORROW, starts: time = time.min, ends: time = time.max) -> Close:
    """Closing the hall for a day or a part of it."""
    return Close(
        office_code=OFFICE, first_day=day, last_day=day, starts=starts, ends=ends, note=NOTE
    )


async def applied(
    actor: Actor,
    change: TimetableChange,
    now: datetime = NOW,
    treatment: Treatment = Treatment.REBOOK,
    *,
    within_days: int = WITHIN_DAYS,
) -> Preview:
    """Preview a change and apply it as it was shown; the preview."""
    shown = await appointments.preview_change(actor, change, now)
    command = ApplyChange(
        change=change, digest=shown.digest, treatment=treatment, within_days=within_days
    )
    await appointments.apply_change(actor, command, now)
    return shown


async def work_off(now: datetime = NOW) -> int:
    """Handle closure events one after the other until none is left; how many there were."""
    handled = 0
    while events := await leases.claim([appointments.CLOSURE_DUE], now, 1, timedelta(minutes=1)):
        await leases.consume(events[0], (appointments.displace_next,), now)
        handled += 1
    return handled


async def outcomes() -> list[DisplacementStatus]:
    """What became of every displaced appointment, in the order of the work."""
    rows = await database.fetch("SELECT status FROM displacement ORDER BY closure_id, position")
    return [DisplacementStatus(row["status"]) for row in rows]
