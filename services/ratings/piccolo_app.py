"""Piccolo's view of ratings."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.ratings.tables import ComplaintCall, ComplaintRow, ComplaintTerm, RatingRow

APP_CONFIG = AppConfig(
    app_name="ratings",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[RatingRow, ComplaintRow, ComplaintCall, ComplaintTerm],
)
