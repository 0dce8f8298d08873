"""Every component in every state, on one page. Not in production."""

from litestar import get

from web.common.rendering import Page, page


@get("/dev/styleguide", opt={"public": "development only"}, include_in_schema=False)
async def show_styleguide() -> Page:
    """All components, with made-up data."""
    return page("dev/styleguide.html")
