"""Piccolo's view of the catalogue."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.catalog.tables import (
    CalendarDay,
    ExceptionPeriod,
    ItemRow,
    OfficeRow,
    OfficeWindow,
    OpeningExceptionRow,
    OpeningPeriod,
    WindowLine,
)

APP_CONFIG = AppConfig(
    app_name="catalog",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        ItemRow,
        OfficeRow,
        OfficeWindow,
        WindowLine,
        OpeningPeriod,
        OpeningExceptionRow,
        ExceptionPeriod,
        CalendarDay,
    ],
)
