"""Piccolo's view of the appointments."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.appointments.tables import (
    AppointmentReminder,
    AppointmentRow,
    BookingAppeal,
    BookingEmergency,
    BookingPenalty,
    BookingRule,
    BookingStrike,
    ClosureRow,
    Displacement,
    GroupDraft,
    GroupMember,
    Hold,
    Party,
    Schedule,
    ScheduleException,
    Seat,
    Slot,
    UnmetDemand,
    WaitlistEntry,
    WaitlistOffice,
)

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
