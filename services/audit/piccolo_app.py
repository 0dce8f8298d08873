"""Piccolo's view of the audit."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.audit.tables import AuditCheck, AuditRecord, AuditSeal

APP_CONFIG = AppConfig(
    app_name="audit",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[AuditRecord, AuditSeal, AuditCheck],
)
