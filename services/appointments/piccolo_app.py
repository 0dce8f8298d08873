"""Piccolo's view of the appointments."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.appointments.booking.tables import AppointmentReminder, AppointmentRow, Hold
from services.appointments.rulebook.tables import BookingRule
from services.appointments.seating.tables import Seat, Slot, UnmetDemand
from services.appointments.standing.tables import (
    BookingAppeal,
    BookingEmergency,
    BookingPenalty,
    BookingStrike,
)
from services.appointments.timetable.tables import (
    ClosureRow,
    Displacement,
    Schedule,
    ScheduleException,
)
from services.appointments.visits.tables import GroupDraft, GroupMember, Party
from services.appointments.waitlist.tables import WaitlistEntry, WaitlistOffice

APP_CONFIG = AppConfig(
    app_name="appointments",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Schedule,
        BookingRule,
        Slot,
        Seat,
        Hold,
        Party,
        AppointmentRow,
        GroupMember,
        GroupDraft,
        WaitlistEntry,
        WaitlistOffice,
        AppointmentReminder,
        BookingPenalty,
        UnmetDemand,
        BookingStrike,
        BookingAppeal,
        BookingEmergency,
        ScheduleException,
        ClosureRow,
        Displacement,
    ],
)
