"""The API's description: for programs at /api/openapi.json, for people at /api/docs."""

from typing import Any

from litestar import get
from litestar.enums import OpenAPIMediaType

from web.api.document import document
from web.api.operations import sections
from web.common.rendering import AnyRequest, Page, page


@get(
    "/api/openapi.json",
    opt={"public": "the API describes itself"},
    media_type=OpenAPIMediaType.OPENAPI_JSON,
)
async def show_document(request: AnyRequest) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return document(request.app)


@get("/api/docs", opt={"public": "the API describes itself"})
async def show_reference(request: AnyRequest) -> Page:
    """The same document as a page."""
    whole = document(request.app)
    return page("api/reference.html", info=whole["info"], sections=sections(whole))
