"""The closed word lists of notices, and the one table of what may become of a notice."""

from collections.abc import Mapping
from enum import StrEnum

from services.kernel.i18n import N_


class Channel(StrEnum):
    """A way to reach somebody."""

    EMAIL = "email"
    SMS = "sms"


class Kind(StrEnum):
    """What a notice says."""

    SIGN_IN_CODE = "sign_in_code"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_RESCHEDULED = "appointment_rescheduled"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    NO_SHOW_WARNING = "no_show_warning"
    BOOKING_PAUSED = "booking_paused"
    APPEAL_ANSWERED = "appeal_answered"
    REMINDER_DAY_BEFORE = "reminder_day_before"
    REMINDER_SOON = "reminder_soon"
    WAITLIST_OFFERED = "waitlist_offered"
    WAITLIST_WITHDRAWN = "waitlist_withdrawn"
    WAITLIST_OVER = "waitlist_over"
    TURN_NEAR = "turn_near"
    VISIT_OVER = "visit_over"
    APPOINTMENT_MOVED_BY_HALL = "appointment_moved_by_hall"
    APPOINTMENT_CANCELLED_BY_HALL = "appointment_cancelled_by_hall"
    RECORD_JOINED = "record_joined"
    COMPANION_ASKED = "companion_asked"

    @property
    def cancels(self) -> bool:
        """Whether it says that an appointment no longer holds."""
        return self in {Kind.APPOINTMENT_CANCELLED, Kind.APPOINTMENT_CANCELLED_BY_HALL}


class Lane(StrEnum):
    """Notices that wait for each other. One lane's slow provider does not hold up another lane."""

    CODES = "codes"
    SMS = "sms"
    EMAIL = "email"

    @property
    def topic(self) -> str:
        """The outbox topic of the notices that are due in this lane."""
        return f"notices.due.{self}"


class NoticeStatus(StrEnum):
    """What became of a notice."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"

    @classmethod
    def sendable(cls) -> frozenset["NoticeStatus"]:
        """Those that are sent when their event comes up; a failed one's was retried by hand."""
        return frozenset({cls.PENDING, cls.FAILED})


TRANSITIONS: Mapping[NoticeStatus, frozenset[NoticeStatus]] = {
    NoticeStatus.PENDING: frozenset({NoticeStatus.SENT, NoticeStatus.FAILED, NoticeStatus.DROPPED}),
    NoticeStatus.FAILED: frozenset({NoticeStatus.SENT, NoticeStatus.FAILED, NoticeStatus.DROPPED}),
    NoticeStatus.SENT: frozenset(),
    NoticeStatus.DROPPED: frozenset(),
}


class Reason(StrEnum):
    """Why a notice failed (the first three) or was dropped."""

    NO_ADDRESS = "no_address"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    OVERTAKEN = "overtaken"
    TOO_LATE = "too_late"


KIND_NAMES: Mapping[Kind, str] = {
    Kind.SIGN_IN_CODE: N_("Sign-in code"),
    Kind.APPOINTMENT_BOOKED: N_("Appointment confirmed"),
    Kind.APPOINTMENT_RESCHEDULED: N_("Appointment moved"),
    Kind.APPOINTMENT_CANCELLED: N_("Appointment cancelled"),
    Kind.NO_SHOW_WARNING: N_("Missed appointment"),
    Kind.BOOKING_PAUSED: N_("Booking paused"),
    Kind.APPEAL_ANSWERED: N_("Answer to your appeal"),
    Kind.REMINDER_DAY_BEFORE: N_("Reminder the day before"),
    Kind.REMINDER_SOON: N_("Reminder two hours before"),
    Kind.WAITLIST_OFFERED: N_("A place offered from the waiting list"),
    Kind.WAITLIST_WITHDRAWN: N_("An offered place that the hall had to close"),
    Kind.WAITLIST_OVER: N_("The end of your place on the waiting list"),
    Kind.APPOINTMENT_MOVED_BY_HALL: N_("Appointment moved by the hall"),
    Kind.APPOINTMENT_CANCELLED_BY_HALL: N_("Appointment cancelled by the hall"),
    Kind.TURN_NEAR: N_("Your turn is near"),
    Kind.VISIT_OVER: N_("Invitation to rate your visit"),
    Kind.RECORD_JOINED: N_("Somebody you book for has an account now"),
    Kind.COMPANION_ASKED: N_("Somebody asks to book for you"),
}

CHANNEL_NAMES: Mapping[Channel, str] = {
    Channel.EMAIL: N_("By e-mail"),
    Channel.SMS: N_("By text message"),
}

REASON_TEXTS: Mapping[Reason, str] = {
    Reason.NO_ADDRESS: N_("There was no address to send it to."),
    Reason.REFUSED: N_("The address was refused. Please check it in your details."),
    Reason.UNREACHABLE: N_("We tried many times and could not deliver it."),
    Reason.OVERTAKEN: N_("Not sent, because a newer message says what holds now."),
    Reason.TOO_LATE: N_("Not sent, because it would have come too late to be of use."),
}
