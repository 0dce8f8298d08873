"""What the timetable's codes are called."""

from collections.abc import Mapping

from services.appointments import DisplacementStatus, ExceptionKind, Treatment
from services.catalog import DayKind
from services.kernel.i18n import N_

CHANGES: Mapping[str, str] = {
    "add_schedule": N_("New schedule"),
    "change_schedule": N_("Schedule changed"),
    "end_schedule": N_("Schedule ended"),
    "copy_schedules": N_("Schedules copied"),
    "close": N_("Closing"),
    "seats": N_("More or fewer seats"),
    "hours": N_("Special hours"),
    "reopen": N_("Opening again"),
    "opening_exception": N_("Other opening hours on a day"),
    "week": N_("Ordinary opening hours"),
    "calendar_day": N_("Working calendar"),
    "timetable": N_("Timetable kept in step"),
}

EXCEPTIONS: Mapping[ExceptionKind, str] = {
    ExceptionKind.CLOSED: N_("Windows closed"),
    ExceptionKind.WINDOW: N_("One window closed"),
    ExceptionKind.SEATS: N_("More or fewer seats"),
    ExceptionKind.HOURS: N_("Special hours"),
}

TREATMENTS: Mapping[Treatment, tuple[str, str]] = {
    Treatment.REBOOK: (
        N_("Move them"),
        N_("To the nearest free time at the same windows; who booked first goes first."),
    ),
    Treatment.NOTIFY: (
        N_("Cancel and let them choose"),
        N_("Without penalty; they may choose before a time is open to everybody."),
    ),
    Treatment.KEEP: (
        N_("Keep them"),
        N_("Their times stay. Their seats go once they are used or given back."),
    ),
}

DISPLACEMENTS: Mapping[DisplacementStatus, tuple[str, str]] = {
    DisplacementStatus.WAITING: ("grey", N_("Waiting")),
    DisplacementStatus.MOVED: ("green", N_("Moved")),
    DisplacementStatus.CANCELLED: ("amber", N_("To choose anew")),
    DisplacementStatus.SETTLED: ("grey", N_("Nothing to do")),
    DisplacementStatus.STUCK: ("red", N_("Needs a person")),
}

# Why a case could not be dealt with, by the code of the error that was met.
_STUCK: Mapping[str, str] = {
    "already_booked": N_("the person has another appointment for the same business"),
    "day_taken": N_("the person has another appointment at these windows that day"),
    "item_unknown": N_("the business is no longer in the catalogue"),
    "office_unknown": N_("the hall is no longer in the catalogue"),
    "appointment_settled": N_("the appointment was changed in the same moment"),
    "conflict": N_("the appointment was changed in the same moment"),
}
_STUCK_OTHERWISE = N_("the program met a fault (%(code)s)")


def why_stuck(reason: str) -> str:
    """The message for a stuck case's reason; it may name the code."""
    return _STUCK.get(reason, _STUCK_OTHERWISE)


DAY_KINDS: Mapping[DayKind, str] = {
    DayKind.WORKING: N_("Working day"),
    DayKind.WEEKEND: N_("Weekend"),
    DayKind.HOLIDAY: N_("Holiday"),
    DayKind.MAKE_UP: N_("Make-up working day"),
}
