"""Piccolo's view of the queue."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.queue.tables import (
    BoardScreenRow,
    KioskRow,
    TicketCounter,
    TicketNudge,
    TicketRow,
    TicketStint,
    WindowAct,
    WindowAssignment,
    WindowPause,
    WindowSession,
)

APP_CONFIG = AppConfig(
    app_name="queue",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        TicketRow,
        TicketStint,
        TicketCounter,
        WindowSession,
        WindowAct,
        WindowPause,
        WindowAssignment,
        KioskRow,
        TicketNudge,
        BoardScreenRow,
    ],
)
