"""What finding seats refuses, and what their constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import DomainError
from services.kernel.i18n import N_


class SlotFull(DomainError):
    """Every seat that this person may take is taken."""

    code = "slot_full"
    message = N_("The last place at this time has just been taken. Please choose another time.")


class VisitDoesNotFit(DomainError):
    """Not enough adjoining places from the slot on for all people and all minutes."""

    code = "visit_does_not_fit"
    message = N_(
        "There is not enough room at this time for everybody and everything. "
        "Please choose another time."
    )


_FROM_STATES = "written from the enumerations in states.py"
_FROM_SCHEDULES = "the generator derives it from a checked schedule"

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "seat_slot": _FROM_SCHEDULES,
    "seat_one_per_number": _FROM_SCHEDULES,
    "seat_as_copied": "its first column is the key",
    "seat_number": _FROM_SCHEDULES,
    "seat_share": _FROM_STATES,
    "seat_state": _FROM_STATES,
    "seat_held": "state and time are written together",
    "seat_returns": "state and time are written together",
    "unmet_demand_people": "only slots with a new wish are written",
    "seat_as_led": "its first column is the key",
    "seat_extra": "a seat lengthens a visit only while it is booked; given back, it does not",
    "seat_extra_of": "the operation has just read the row that it refers to",
}
