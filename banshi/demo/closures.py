"""A closed window, and a line that is closed for a day, with those who had booked being moved."""

from datetime import datetime

from banshi.demo.identity import HALL
from services import appointments, catalog, identity
from services.appointments import ApplyChange, Close
from services.catalog import Line, Text
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date
from services.kernel.database import fetchval

REPAIR = Text(zh="窗口设备检修", en="The window's equipment is being repaired")
UPGRADE = Text(
    zh="出入境系统升级，当日停办", en="The exit-entry system is upgraded, closed that day"
)
DAYS_AHEAD = 4


async def seed(now: datetime) -> None:
    """Enter both once, some working days ahead."""
    if await fetchval("SELECT EXISTS (SELECT FROM schedule_exception)"):
        return
    member = await identity.staff_by_username("admin")
    admin = Actor(kind=ActorKind.STAFF, id=member.id, roles=member.roles)
    *_, repaired, upgraded = await catalog.working_days_ahead(local_date(now), DAYS_AHEAD)
    household = [
        window for window in await catalog.office_windows(HALL) if Line.HOUSEHOLD in window.lines
    ]
    for change in (
        Close(
            office_code=HALL,
            first_day=repaired,
            last_day=repaired,
            note=REPAIR,
            window_id=household[-1].id,
        ),
        Close(
            office_code=HALL,
            first_day=upgraded,
            last_day=upgraded,
            note=UPGRADE,
            line=Line.EXIT_ENTRY,
        ),
    ):
        shown = await appointments.preview_change(admin, change, now)
        await appointments.apply_change(admin, ApplyChange(change=change, digest=shown.digest), now)
