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
    """Whether a seat can be had. A held seat whose time is up counts as free."""

    FREE = "free"
    HELD = "held"
    BOOKED = "booked"


class HoldStatus(StrEnum):
    """What became of a hold."""

    ACTIVE = "active"
    USED = "used"
    RELEASED = "released"
    EXPIRED = "expired"


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
    AppointmentStatus.CANCELLED: frozenset(),
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
# the days have passed. Enforced by waitlist_steps.
WAITLIST_TRANSITIONS: Mapping[WaitlistStatus, frozenset[WaitlistStatus]] = {
    WaitlistStatus.WAITING: frozenset(
        {
            WaitlistStatus.OFFERED,
            WaitlistStatus.TAKEN,
            WaitlistStatus.LAPSED,
            WaitlistStatus.LEFT,
        }
    ),
    WaitlistStatus.OFFERED: frozenset(
        {WaitlistStatus.TAKEN, WaitlistStatus.LAPSED, WaitlistStatus.LEFT}
    ),
    WaitlistStatus.TAKEN: frozenset(),
    WaitlistStatus.LAPSED: frozenset(),
    WaitlistStatus.LEFT: frozenset(),
}


def sources(status: AppointmentStatus) -> frozenset[AppointmentStatus]:
    """The states from which an appointment may step into `status`."""
    return frozenset(before for before, after in TRANSITIONS.items() if status in after)
