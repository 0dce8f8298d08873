"""An appointment as an iCalendar file (RFC 5545), for calendars and for mails."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event
from msgspec import Struct

from services.appointments.states import AppointmentStatus
from services.appointments.views import Appointment
from services.kernel.translations import Language

PRODUCT = "-//Banshitong//Appointments//%s"
_PRODUCT_LANGUAGE = {Language.CHINESE: "ZH", Language.ENGLISH: "EN"}
REMIND_BEFORE = timedelta(hours=2)


class Invitation(Struct, frozen=True, kw_only=True):
    """Who invites whom, as mail addresses: calendars act upon an invitation by themselves."""

    organiser: str
    attendee: str


def calendar_file(
    appointment: Appointment,
    *,
    summary: str,
    location: str,
    description: str,
    language: Language,
    now: datetime,
    invitation: Invitation | None = None,
) -> bytes:
    """The file. A later one with the same UID and a higher SEQUENCE replaces it in calendars.

    `language` is that of the texts.

    A cancelled appointment gives a METHOD:CANCEL that takes the entry away. With an `invitation`
    it is a METHOD:REQUEST, for a mail (RFC 5546); else it is for one's own calendar.
    """
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    event = Event()
    event.add("uid", f"{appointment.reference}@banshitong")
    event.add("sequence", appointment.sequence + int(cancelled))
    event.add("dtstamp", now)
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("summary", summary)
    event.add("location", location)
    event.add("description", description)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    if not cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", summary)
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
    if invitation:
        event.add("organizer", f"mailto:{invitation.organiser}")
        event.add(
            "attendee",
            f"mailto:{invitation.attendee}",
            parameters={"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"},
        )
    calendar = Calendar()
    calendar.add("prodid", PRODUCT % _PRODUCT_LANGUAGE[language])
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST" if invitation else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
