"""What penalties, emergencies and appeals refuse, and what their constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError, NotFound
from services.kernel.i18n import N_


class EmergencyDeclared(Conflict):
    """An emergency for the same place holds at some of the time."""

    code = "emergency_declared"
    message = N_("An emergency is already declared for this place and time.")


class EmergencyOver(Conflict):
    """The emergency has ended, or was called off."""

    code = "emergency_over"
    message = N_("This emergency has ended already.")


class NotBlocked(DomainError):
    """There is no pause of this person's to appeal against."""

    code = "not_blocked"
    message = N_("Booking is not paused for you, so there is nothing to appeal against.")


class AppealOpen(DomainError):
    """One open appeal a penalty."""

    code = "appeal_open"
    message = N_("Your appeal is with the hall already. Please wait for the answer.")


class AppealAnswered(Conflict):
    """Somebody else has answered it."""

    code = "appeal_answered"
    message = N_("This appeal has been answered already.")


class AppealUnknown(NotFound):
    """No appeal that this party may know has this id."""

    code = "appeal_unknown"
    message = N_("We found no such appeal.")


class PenaltyUnknown(NotFound):
    """No penalty has this id."""

    code = "penalty_unknown"


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "booking_appeal_one_open": AppealOpen,
    "booking_emergency_no_overlap": EmergencyDeclared,
    "booking_penalty_person": NotFound,
    "booking_appeal_person": NotFound,
    "booking_strike_person": NotFound,
}

_FROM_STATES = "written from the enumerations in states.py"

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "booking_penalty_reason": _FROM_STATES,
    "booking_penalty_blocked": "at least one day is added to the present",
    "booking_penalty_lifted": "lifted after it was imposed",
    "booking_penalty_one_at_a_time": "imposed under a lock, and only if none runs",
    "booking_strike_one_per_appointment": "a strike that is there stays (ON CONFLICT)",
    "booking_strike_one_per_party_and_day": "asked under the lock of who cancels",
    "booking_strike_kind": _FROM_STATES,
    "booking_strike_spent": "withdrawing takes it off its penalty",
    "booking_appeal_status": _FROM_STATES,
    "booking_appeal_answered": "status, answer and time are written together",
    "booking_emergency_times": "the operation has checked them",
    "booking_emergency_reason": "the operation has checked it",
}
