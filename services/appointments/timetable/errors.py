"""What changes of the timetable refuse, and what its constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError, NotFound
from services.kernel.i18n import N_


class ScheduleOverlaps(DomainError):
    """Two schedules of one line at one office would share an hour."""

    code = "schedule_overlaps"
    status = 422
    message = N_("This overlaps another schedule of the same windows.")


class ScheduleWrong(DomainError):
    """A figure of a schedule is out of its range, or the office does not serve the line."""

    code = "schedule_wrong"
    status = 422
    message = N_("Please check the schedule: its windows, hours, seats and kept seats.")


class ScheduleUnknown(NotFound):
    """No schedule or exception of this office has this key."""

    code = "schedule_unknown"
    message = N_("This entry of the timetable is no longer there.")


class ExceptionOverlaps(DomainError):
    """Two exceptions of one kind would hold for the same windows at the same time."""

    code = "exception_overlaps"
    message = N_("There is such an exception for these windows and hours already.")


class ExceptionWrong(DomainError):
    """A figure of an exception is out of its range."""

    code = "exception_wrong"
    status = 422
    message = N_("Please check the exception: its days, hours and seats.")


class PreviewOutdated(Conflict):
    """What the change would do is no longer what was shown."""

    code = "preview_outdated"
    message = N_("Something has changed since this preview was made. Please look at it again.")


class CannotKeep(DomainError):
    """Somebody cannot keep their time, because nobody will be there to receive them."""

    code = "cannot_keep"
    status = 422
    message = N_("These appointments cannot be kept, because the windows will be closed then.")


class ClosureUnknown(NotFound):
    """No closure at an office of this member of staff has this key."""

    code = "closure_unknown"
    message = N_("There is no such closure at your halls.")


class NoPriority(DomainError):
    """The hall has not cancelled the appointment, or the time for choosing another is over."""

    code = "no_priority"
    message = N_("Another time can no longer be chosen for this appointment. Please book anew.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "schedule_no_overlap": ScheduleOverlaps,
    "schedule_kept": ScheduleWrong,
    "schedule_line": ScheduleWrong,
    "schedule_seats": ScheduleWrong,
    "schedule_slot_minutes": ScheduleWrong,
    "schedule_times": ScheduleWrong,
    "schedule_valid": ScheduleWrong,
    "schedule_weekday": ScheduleWrong,
    "schedule_exception_no_overlap": ExceptionOverlaps,
    "schedule_exception_days": ExceptionWrong,
    "schedule_exception_hours": ExceptionWrong,
    "schedule_exception_seats_change": ExceptionWrong,
    "schedule_exception_times": ExceptionWrong,
}

_FROM_STATES = "written from the enumerations in states.py"
_FROM_SCHEDULES = "the generator derives it from a checked schedule"
_OWN_KEYS = "the operation has just read the row that it refers to"

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "schedule_office": "the operation has read the office",
    "slot_office": _FROM_SCHEDULES,
    "slot_line": _FROM_SCHEDULES,
    "slot_one": "one planner an office at a time; it closes a slot before it makes another",
    "slot_no_overlap": "as slot_one, and schedules do not overlap",
    "slot_as_copied": "its first column is the key",
    "slot_times": _FROM_SCHEDULES,
    "slot_released": _FROM_SCHEDULES,
    "seat_leaving": "only planners set it, on booked seats; whoever frees a seat clears it",
    "schedule_exception_office": "the operation has read the office",
    "schedule_exception_window": "the operation has read the window",
    "schedule_exception_kind": _FROM_STATES,
    "schedule_exception_line": "from the enumeration of lines",
    "schedule_exception_whom": "each kind is written by its own operation",
    "closure_office": _OWN_KEYS,
    "closure_staff": "the actor has signed in",
    "closure_treatment": _FROM_STATES,
    "closure_within_days": "the command's field has the same range",
    "closure_status": _FROM_STATES,
    "closure_note": "both languages are written together",
    "closure_done": "status and time are written together",
    "displacement_closure": _OWN_KEYS,
    "displacement_appointment": _OWN_KEYS,
    "displacement_from": _OWN_KEYS,
    "displacement_to": _OWN_KEYS,
    "displacement_once": "a seat has one appointment, and a plan names each seat once",
    "displacement_position": "counted while they are inserted",
    "displacement_status": _FROM_STATES,
    "displacement_handled": "status and time are written together",
    "displacement_moved": "status and slot are written together",
    "displacement_priority": "status and time are written together",
    "displacement_reason": "status and reason are written together",
    "displacement_one_at_a_time": "planners leave out who is waiting, and hold the office's lock",
}
