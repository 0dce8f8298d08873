"""Every component in every state. Not in production."""

from litestar import Router, get

from web.common.preferences import preferences
from web.common.qr import qr_svg
from web.common.rendering import AnyRequest, Page, page
from web.dev.samples import REFERENCE, samples


@get("/")
async def show_components(request: AnyRequest) -> Page:
    """All components, with made-up data."""
    context = samples(preferences(request.scope).language)
    return page("dev/styleguide.html", qr=qr_svg(REFERENCE), **context)


styleguide = Router(
    "/dev/styleguide",
    route_handlers=[show_components],
    opt={"public": "development only"},
    include_in_schema=False,
)
