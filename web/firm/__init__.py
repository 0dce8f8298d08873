"""What a firm's agent does: booking for a group of its people, from a list."""

from litestar.types import ControllerRouterHandler

from web.firm import firms, groups, holding, lists, templates

PAGES: tuple[ControllerRouterHandler, ...] = (
    *firms.HANDLERS,
    *templates.HANDLERS,
    *lists.HANDLERS,
    *groups.HANDLERS,
    *holding.HANDLERS,
)
