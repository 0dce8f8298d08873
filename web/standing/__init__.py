"""The booking rules in plain words, where one stands with them, appeals, and their settings."""

from litestar.types import ControllerRouterHandler

from web.standing import answering, api, emergency, mine, public, settings

PAGES: tuple[ControllerRouterHandler, ...] = (
    *public.HANDLERS,
    *mine.HANDLERS,
    *answering.HANDLERS,
    *settings.HANDLERS,
    *emergency.HANDLERS,
)
API: tuple[ControllerRouterHandler, ...] = api.HANDLERS
