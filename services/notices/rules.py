"""Pure decisions about notices."""

from collections.abc import Mapping
from datetime import datetime

from services.appointments import (
    Appointment,
    AppointmentStatus,
    Reminder,
    WaitlistEntry,
    WaitlistStatus,
    reminder_due,
    reminder_lost,
)
from services.notices.states import Channel, Kind, Lane, Reason

# A text message in Chinese goes by UCS-2: 70 characters alone, 67 in each of several parts.
SMS_SINGLE = 70
SMS_PART = 67

REMINDERS: Mapping[Kind, Reminder] = {
    Kind.REMINDER_DAY_BEFORE: Reminder.DAY_BEFORE,
    Kind.REMINDER_SOON: Reminder.SOON,
}


def lane_of(kind: Kind, channel: Channel) -> Lane:
    """Where a notice waits. Nobody's sign-in waits behind a thousand cancellations."""
    if kind is Kind.SIGN_IN_CODE:
        return Lane.CODES
    return Lane.SMS if channel is Channel.SMS else Lane.EMAIL


def channels_for(*, has_email: bool, has_phone: bool) -> tuple[Channel, ...]:
    """Every channel by which the person can be reached."""
    reachable = {Channel.EMAIL: has_email, Channel.SMS: has_phone}
    return tuple(channel for channel, reaches in reachable.items() if reaches)


def why_drop(kind: Kind, appointment: Appointment, attempts: int, now: datetime) -> Reason | None:
    """Why a notice about an appointment is better not sent any more, or None.

    A first attempt always goes out, so that who books and cancels at once hears of both. A retry
    does not confirm what has been changed since: the newer notice says what holds.
    """
    if appointment.starts_at <= now:
        return Reason.TOO_LATE
    if kind in REMINDERS:
        return _why_not_remind(REMINDERS[kind], appointment, now)
    if attempts == 1 or kind.cancels:
        return None
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    moved = kind is Kind.APPOINTMENT_BOOKED and appointment.sequence > 0
    return Reason.OVERTAKEN if cancelled or moved else None


def _why_not_remind(reminder: Reminder, appointment: Appointment, now: datetime) -> Reason | None:
    """A reminder is for who is still expected, of a time that is still the same, and in time."""
    if appointment.status is not AppointmentStatus.BOOKED:
        return Reason.OVERTAKEN
    if now < reminder_due(reminder, appointment.starts_at):
        return Reason.OVERTAKEN
    return Reason.TOO_LATE if now >= reminder_lost(reminder, appointment.starts_at) else None


def why_drop_offer(entry: WaitlistEntry, now: datetime) -> Reason | None:
    """Why an offer is better not announced any more, or None."""
    if entry.status is not WaitlistStatus.OFFERED or entry.offer is None:
        return Reason.OVERTAKEN
    return Reason.TOO_LATE if entry.offer.until <= now else None


def sms_parts(text: str) -> int:
    """How many text messages `text` is billed and shown as."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= SMS_SINGLE else -(-units // SMS_PART)
