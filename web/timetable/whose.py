"""Which halls somebody looks after, and the ways between their pages."""

from litestar.response import Redirect

from services import appointments, catalog
from services.appointments import CLOSING_ROLES
from services.catalog import Office
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.errors import Forbidden
from web.common.guards import Staff, staff

CALENDAR = "/admin/calendar"
SCHEDULES = "/admin/schedules"
CLOSURES = "/admin/closures"
CHANGES = "/admin/changes"
WORKING_DAYS = "/admin/working-days"
HALLS = "/admin/halls"

# Supervisors close and reopen at their own hall; templates and data are the administrators'.
CLOSERS: Staff = staff(*CLOSING_ROLES)
CLOSERS_HERE: Staff = staff(*CLOSING_ROLES, office="office")
ADMINISTRATORS: Staff = staff(Role.ADMINISTRATOR)
ADMINISTRATORS_HERE: Staff = staff(Role.ADMINISTRATOR, office="office")


async def own_halls(actor: Actor, *roles: Role) -> list[Office]:
    """The halls at which the actor has one of the roles (may close, if none is named)."""
    wanted = roles or CLOSING_ROLES
    return [
        office
        for office in await catalog.offices()
        if actor.has_role(*wanted, office_code=office.code)
    ]


async def to_own_hall(actor: Actor, place: str, *roles: Role) -> Redirect:
    """Lead on to the first of the actor's halls."""
    halls = await own_halls(actor, *roles)
    if not halls:
        raise Forbidden
    return Redirect(f"{place}/{halls[0].code}", status_code=303)


def home_of(change: appointments.TimetableChange) -> str:
    """The page that a change was made on."""
    match change:
        case catalog.SetCalendarDay():
            return WORKING_DAYS
        case catalog.SetWeek():
            return f"{HALLS}/{change.office_code}"
        case catalog.SetOpeningException():
            return f"{CALENDAR}/{change.office_code}/{change.day}"
        case appointments.Close() | appointments.ChangeSeats() | appointments.SpecialHours():
            return f"{CALENDAR}/{change.office_code}/{change.first_day}"
        case appointments.Reopen():
            return f"{CALENDAR}/{change.office_code}"
        case _:
            return f"{SCHEDULES}/{change.office_code}"
