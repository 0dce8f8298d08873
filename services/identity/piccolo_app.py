"""Piccolo's view of identity."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.identity.tables import (
    AccountJoining,
    ApiToken,
    Companion,
    FirmAgent,
    IdempotentAnswer,
    Person,
    RecoveryCode,
    SignInCode,
    SignInSession,
    Staff,
    StaffRole,
)

APP_CONFIG = AppConfig(
    app_name="identity",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Person,
        SignInCode,
        Staff,
        StaffRole,
        RecoveryCode,
        SignInSession,
        ApiToken,
        IdempotentAnswer,
        Companion,
        AccountJoining,
        FirmAgent,
    ],
)
