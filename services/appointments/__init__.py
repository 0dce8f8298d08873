"""Schedules, slots, seats, holds and appointments.

Exported names are public; anything else is private to the area.
"""

from services.appointments.admission import BOOKING_ROLES
from services.appointments.attendance import check_in, complete, mark_no_show, step_back
from services.appointments.bookings import Book, book
from services.appointments.changes import cancel, reschedule
from services.appointments.demand import write_demand
from services.appointments.errors import (
    CONSTRAINTS,
    AlreadyBooked,
    AppointmentSettled,
    AppointmentUnknown,
    BookingBlocked,
    DayTaken,
    HeldElsewhere,
    HoldExpired,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    ItemNotBookable,
    NotReleased,
    NotToday,
    OtherLine,
    SameSlot,
    ScheduleOverlaps,
    ScheduleWrong,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotUnknown,
    TooFarAhead,
    TooLateToChange,
    TrackRefused,
)
from services.appointments.events import BOOKED, CANCELLED, RESCHEDULED
from services.appointments.figures import (
    BookingFigures,
    FullHour,
    booking_figures,
    full_hours,
    waitlist_demand,
)
from services.appointments.generation import generate_slots
from services.appointments.holds import (
    Hold,
    held_seat,
    hold,
    release_expired_holds,
    release_hold,
)
from services.appointments.icalendar_file import Invitation, calendar_file
from services.appointments.queries import (
    appointment,
    appointments_by_id,
    availability,
    by_reference,
    change_until,
    coming,
    expected_today,
    for_office,
    mine,
    next_free,
    own,
)
from services.appointments.rules import Rule
from services.appointments.schedules import AddSchedule, add_schedule
from services.appointments.states import AppointmentStatus, BookingChannel, Share
from services.appointments.tracking import track
from services.appointments.views import Appointment, HeldSeat, SlotView
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)

__all__ = [
    "BOOKED",
    "BOOKING_ROLES",
    "CANCELLED",
    "RESCHEDULED",
    "AddSchedule",
    "AlreadyBooked",
    "Appointment",
    "AppointmentSettled",
    "AppointmentStatus",
    "AppointmentUnknown",
    "Book",
    "BookingBlocked",
    "BookingChannel",
    "BookingFigures",
    "DayTaken",
    "FullHour",
    "HeldElsewhere",
    "HeldSeat",
    "Hold",
    "HoldExpired",
    "HoldReleased",
    "HoldUnknown",
    "HoldUsed",
    "Invitation",
    "ItemNotBookable",
    "NotReleased",
    "NotToday",
    "OtherLine",
    "Rule",
    "SameSlot",
    "ScheduleOverlaps",
    "ScheduleWrong",
    "Share",
    "SlotClosed",
    "SlotFull",
    "SlotPast",
    "SlotUnknown",
    "SlotView",
    "TooFarAhead",
    "TooLateToChange",
    "TrackRefused",
    "add_schedule",
    "appointment",
    "appointments_by_id",
    "availability",
    "book",
    "booking_figures",
    "by_reference",
    "calendar_file",
    "cancel",
    "change_until",
    "check_in",
    "coming",
    "complete",
    "expected_today",
    "for_office",
    "full_hours",
    "generate_slots",
    "held_seat",
    "hold",
    "mark_no_show",
    "mine",
    "next_free",
    "own",
    "release_expired_holds",
    "release_hold",
    "reschedule",
    "step_back",
    "track",
    "waitlist_demand",
    "write_demand",
]
