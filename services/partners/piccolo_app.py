"""Piccolo's view of partners."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from services.partners.tables import (
    Partner,
    PartnerBooking,
    PartnerDay,
    PartnerKey,
    PartnerPerson,
    WebhookDelivery,
    WebhookEndpoint,
)

APP_CONFIG = AppConfig(
    app_name="partners",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Partner,
        PartnerKey,
        PartnerPerson,
        PartnerBooking,
        PartnerDay,
        WebhookEndpoint,
        WebhookDelivery,
    ],
)
