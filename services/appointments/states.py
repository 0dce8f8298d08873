"""The states of an appointment, a seat and a hold, and the steps between them."""

from collections.abc import Mapping
from enum import StrEnum


class Share(StrEnum):
    """For whom a seat is kept: anyone online, or one of the three kept shares."""

    ONLINE = "online"
    TELEPHONE = "telephone"
    GREEN_CHANNEL = "green_channel"
    ON_SITE = "on_site"


class BookingChannel(StrEnum):
    """By which way an appointment was made."""

    ONLINE = "online"
    TELEPHONE = "telephone"
    DESK = "desk"
    PARTNER = "partner"
    FIRM = "firm"
    WAITLIST = "waitlist"


class PartyKind(StrEnum):
    """Who comes together."""

    FAMILY = "family"
    FIRM = "firm"


class AppointmentStatus(StrEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"

    @classmethod
    def active(cls) -> "frozenset[AppointmentStatus]":
        """Those that still lie ahead: a person has one such appointment an item."""
        return frozenset({cls.BOOKED, cls.CHECKED_IN})


class SeatState(StrEnum):
    """Whether a seat can be had. A held seat whose time is up counts as free.

    A withdrawn seat is no capacity: its slot was closed, or has fewer seats than it had.
    """

    FREE = "free"
    HELD = "held"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"


class HoldStatus(StrEnum):
    """What became of a hold. The hall withdrew the seat of a withdrawn one."""

    ACTIVE = "active"
    USED = "used"
    RELEASED = "released"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class ExceptionKind(StrEnum):
    """How some days differ from the weekly schedules: for a line, or for one window."""

    CLOSED = "closed"
    WINDOW = "window"
    SEATS = "seats"
    HOURS = "hours"


class Treatment(StrEnum):
    """What is done about people whose seats a change takes away."""

    KEEP = "keep"
    REBOOK = "rebook"
    NOTIFY = "notify"


class ClosureStatus(StrEnum):
    """Whether everybody whom a closure displaces has been dealt with."""

    RUNNING = "running"
    DONE = "done"


class DisplacementStatus(StrEnum):
    """What became of a displaced appointment; settled when its holder had acted before.

    A stuck one could not be dealt with by the program; a member of staff has to.
    """

    WAITING = "waiting"
    MOVED = "moved"
    CANCELLED = "cancelled"
    SETTLED = "settled"
    STUCK = "stuck"


class StrikeKind(StrEnum):
    """What counts against a person."""

    NO_SHOW = "no_show"
    CANCELLATION = "cancellation"


class PenaltyReason(StrEnum):
    """Too many of what paused booking."""

    NO_SHOWS = "no_shows"
    BOOKINGS = "bookings"
    CANCELLATIONS = "cancellations"


class AppealStatus(StrEnum):
    """What became of an appeal against a penalty."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


class WaitlistStatus(StrEnum):
    """Where somebody on the waiting list stands. Whoever lets an offer lapse may join again."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    LAPSED = "lapsed"
    LEFT = "left"

    @classmethod
    def open(cls) -> "frozenset[WaitlistStatus]":
        """Those that still lie ahead: a person has one such entry an item."""
        return frozenset({cls.WAITING, cls.OFFERED})


# Enforced by transitions.move, nowhere else. A hold only ever ends: every step is from active.
TRANSITIONS: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.BOOKED: frozenset(
        {AppointmentStatus.CHECKED_IN, AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED}
    ),
    AppointmentStatus.CHECKED_IN: frozenset(
        {AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW}
    ),
    AppointmentStatus.COMPLETED: frozenset(),
    # Whoever missed the calls may come back into line on the same day.
    AppointmentStatus.NO_SHOW: frozenset({AppointmentStatus.CHECKED_IN}),
    # What the hall has cancelled, its holder may give another time.
    AppointmentStatus.CANCELLED: frozenset({AppointmentStatus.BOOKED}),
}

# Enforced by appeals.answer_appeal; a second appeal is a new one.
APPEAL_TRANSITIONS: Mapping[AppealStatus, frozenset[AppealStatus]] = {
    AppealStatus.OPEN: frozenset({AppealStatus.GRANTED, AppealStatus.DECLINED}),
    AppealStatus.GRANTED: frozenset(),
    AppealStatus.DECLINED: frozenset(),
}


class Reminder(StrEnum):
    """Which of its two reminders an appointment has."""

    DAY_BEFORE = "day_before"
    SOON = "soon"


# From waiting, taken means that the person has booked the item in another way, and lapsed that
# nothing can be offered on its days any more. Enforced by waitlist/steps.py.
WAITLIST_TRANSITIONS: Mapping[WaitlistStatus, frozenset[WaitlistStatus]] = {
    WaitlistStatus.WAITING: frozenset(
        {
            WaitlistStatus.OFFERED,
            WaitlistStatus.TAKEN,
            WaitlistStatus.LAPSED,
            WaitlistStatus.LEFT,
        }
    ),
    # Back to waiting, in the old order, when the hall takes the offered seat away.
    WaitlistStatus.OFFERED: frozenset(
        {
            WaitlistStatus.WAITING,
            WaitlistStatus.TAKEN,
            WaitlistStatus.LAPSED,
            WaitlistStatus.LEFT,
        }
    ),
    WaitlistStatus.TAKEN: frozenset(),
    WaitlistStatus.LAPSED: frozenset(),
    WaitlistStatus.LEFT: frozenset(),
}


def sources(status: AppointmentStatus) -> frozenset[AppointmentStatus]:
    """The states from which an appointment may step into `status`."""
    return frozenset(before for before, after in TRANSITIONS.items() if status in after)
