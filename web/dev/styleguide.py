"""Every component in every state, and every page frame. Not in production."""

from litestar import Router, get

from web.common.preferences import preferences
from web.common.qr import qr_svg
from web.common.rendering import AnyRequest, Page, page
from web.dev.samples import REFERENCE, samples


def _sample(template: str, request: AnyRequest) -> Page:
    context = samples(preferences(request.scope).language)
    return page(template, qr=qr_svg(REFERENCE), **context)


@get("/")
async def show_components(request: AnyRequest) -> Page:
    """All components, with made-up data."""
    return _sample("dev/styleguide.html", request)


@get("/home")
async def show_home(request: AnyRequest) -> Page:
    """The citizen's frame with the first screen."""
    return _sample("dev/home.html", request)


@get("/desk")
async def show_desk(request: AnyRequest) -> Page:
    """The clerk's frame."""
    return _sample("dev/desk.html", request)


@get("/board")
async def show_board(request: AnyRequest) -> Page:
    """The hall's screen."""
    return _sample("dev/board.html", request)


@get("/paper")
async def show_paper(request: AnyRequest) -> Page:
    """What is printed."""
    return _sample("dev/paper.html", request)


styleguide = Router(
    "/dev/styleguide",
    route_handlers=[show_components, show_home, show_desk, show_board, show_paper],
    opt={"public": "development only"},
    include_in_schema=False,
)
