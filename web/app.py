"""The web application, put together. Every part is made elsewhere."""

from importlib.metadata import version

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from services.appointments import finish_bookings
from services.kernel.clock import Clock, SystemClock
from services.kernel.database import close_pool, open_pool
from services.kernel.redis import close_redis
from services.kernel.settings import Environment, Settings
from web import (
    admin,
    appointments,
    catalog,
    figures,
    firm,
    identity,
    notices,
    partners,
    queue,
    ratings,
    standing,
    timetable,
)
from web.api.openapi import openapi_config
from web.api.pages import show_document, show_reference
from web.api.schemas import LocalTimes
from web.appointments.demand import writing_demand
from web.common import detours, errors, guards
from web.common.assets import assets, serve_asset
from web.common.clock import tell_time
from web.common.doors import doors
from web.common.envelope import Envelope
from web.common.health import alive, ready
from web.common.live import live_plugin
from web.common.metrics import show_metrics
from web.common.text_safety import CleanRequest, refuse_bad_requests
from web.dev import webhooks
from web.dev.sign_ins import show_sign_ins
from web.dev.styleguide import styleguide

LARGEST_BODY = 1_000_000
SMALLEST_COMPRESSED = 512
# A third of the time that the highest takes, for pages a twentieth larger.
COMPRESSION_LEVEL = 4

PUBLIC: tuple[ControllerRouterHandler, ...] = (
    serve_asset,
    alive,
    ready,
    show_metrics,
    tell_time,
    show_document,
    show_reference,
    *catalog.PAGES,
    *identity.PAGES,
    *appointments.PAGES,
    *firm.PAGES,
    *queue.PAGES,
    *figures.PAGES,
    *ratings.PAGES,
    *notices.PAGES,
    *standing.PAGES,
    *admin.PAGES,
    *timetable.PAGES,
    *partners.PAGES,
)
# JSON under /api/v1, described by the OpenAPI document; everything else is pages.
API: tuple[ControllerRouterHandler, ...] = (
    *catalog.API,
    *identity.API,
    *appointments.API,
    *partners.API,
    *standing.API,
)
DEV_ONLY: tuple[ControllerRouterHandler, ...] = (
    show_sign_ins,
    *webhooks.HANDLERS,
    styleguide,
    *notices.DEV_ONLY,
)


def create_app(settings: Settings, clock: Clock | None = None) -> Litestar:
    """The application for one process. `clock` is the machine's unless a test passes another."""
    handlers = [*PUBLIC, Router("/api/v1", route_handlers=API, include_in_schema=True)]
    if settings.environment is not Environment.PRODUCTION:
        handlers += DEV_ONLY
    app = Litestar(
        route_handlers=handlers,
        state=State({"settings": settings, "clock": clock or SystemClock()}),
        request_class=CleanRequest,
        before_request=refuse_bad_requests,
        middleware=[doors(settings)],
        plugins=[live_plugin(), LocalTimes()],
        dependencies={
            "actor": Provide(guards.provide_actor),
            "now": Provide(guards.provide_now),
        },
        exception_handlers={**errors.HANDLERS, **detours.HANDLERS},
        request_max_body_size=LARGEST_BODY,
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=COMPRESSION_LEVEL,
            minimum_size=SMALLEST_COMPRESSED,
            exclude_opt_key="compressed",
        ),
        lifespan=[writing_demand],
        on_startup=[open_pool, _load_assets],
        on_shutdown=[finish_bookings, close_redis, close_pool],
        logging_config=None,
        openapi_config=openapi_config(version("banshitong")),
        include_in_schema=False,
    )
    guards.require_declared(app)
    app.asgi_handler = Envelope(app.asgi_handler, secure=settings.secure)
    return app


def _load_assets() -> None:
    assets()
