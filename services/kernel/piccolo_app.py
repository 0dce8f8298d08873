"""Piccolo's view of the kernel."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.kernel.tables import OutboxEvent

APP_CONFIG = AppConfig(
    app_name="kernel",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[OutboxEvent],
)
