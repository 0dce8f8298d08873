"""The OpenAPI document's frame. Its operations describe themselves where they are."""

from litestar import Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from services.kernel.i18n import N_
from web.common.guards import public

# Litestar's own pages about the document; ours are web/api, at /api/docs.
LITESTAR_PAGES = "/api/schema"
BEARER = "bearer"
PARTNER_KEY = "partner_key"
# `security=SIGNED_IN` on every operation that wants a token, or `WITH_KEY` if it is a partner's.
SIGNED_IN = [{BEARER: list[str]()}]
WITH_KEY = [{PARTNER_KEY: list[str]()}]

TAGS = (
    Tag(name="sign-in", description=N_("A phone and a code for a bearer token.")),
    Tag(name="me", description=N_("The account behind the token.")),
    Tag(name="items", description=N_("What one can get done, and what it takes.")),
    Tag(name="offices", description=N_("Where it is done, and when.")),
    Tag(name="slots", description=N_("Times with room, and holding one while filling in.")),
    Tag(
        name="waitlist",
        description=N_("Waiting for a place that comes back, and taking it when it is offered."),
    ),
    Tag(name="appointments", description=N_("Booking, changing and cancelling a visit.")),
    Tag(
        name="partners",
        description=N_("For platforms that book for people who have agreed, with a key."),
    ),
    Tag(name="webhooks", description=N_("Telling a platform what becomes of its bookings.")),
)

DESCRIPTION = N_(
    "JSON over HTTPS, field names in snake_case, moments in ISO 8601 with offset. Sign in for a "
    "bearer token. Errors are problems (RFC 9457): look at the code, show the detail. A POST with "
    "an Idempotency-Key may be repeated within 24 hours and does its work once."
)


def openapi_config(version: str) -> OpenAPIConfig:
    """What the document says before its operations."""
    return OpenAPIConfig(
        title="Banshitong",
        version=version,
        description=DESCRIPTION,
        license=License(name="AGPL-3.0-or-later", identifier="AGPL-3.0-or-later"),
        tags=list(TAGS),
        components=Components(
            security_schemes={
                BEARER: SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description=N_("The token that POST /api/v1/sign-in answers with."),
                ),
                PARTNER_KEY: SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description=N_("The key that the administrator has given to the platform."),
                ),
            }
        ),
        openapi_router=Router(
            LITESTAR_PAGES, route_handlers=[], opt=public("the API describes itself")
        ),
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    )
