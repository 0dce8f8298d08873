"""What the constraints of every room mean; each room has the errors that it raises."""

from collections.abc import Mapping

from services.appointments.booking import errors as booking
from services.appointments.rulebook import errors as rulebook
from services.appointments.seating import errors as seating
from services.appointments.standing import errors as standing
from services.appointments.timetable import errors as timetable
from services.appointments.visits import errors as visits
from services.appointments.waitlist import errors as waitlist
from services.kernel.errors import DomainError

CONSTRAINTS: Mapping[str, type[DomainError]] = {
    **booking.CONSTRAINTS,
    **rulebook.CONSTRAINTS,
    **standing.CONSTRAINTS,
    **timetable.CONSTRAINTS,
    **waitlist.CONSTRAINTS,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    **booking.INTERNAL_CONSTRAINTS,
    **rulebook.INTERNAL_CONSTRAINTS,
    **seating.INTERNAL_CONSTRAINTS,
    **standing.INTERNAL_CONSTRAINTS,
    **timetable.INTERNAL_CONSTRAINTS,
    **visits.INTERNAL_CONSTRAINTS,
    **waitlist.INTERNAL_CONSTRAINTS,
}
