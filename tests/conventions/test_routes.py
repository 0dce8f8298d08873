"""Every route says who may ask for it, and none can be driven by another site's page."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.kernel.settings import Settings
from web.api.openapi import SIGNED_IN, WITH_KEY
from web.app import create_app
from web.common.authentication import PARTNERS
from web.common.csrf import NO_TOKEN
from web.common.guards import PUBLIC, Citizen, Partner, Staff, is_declared
from web.common.idempotency import MARK
from web.common.sessions import API

SAFE = {"GET", "HEAD", "OPTIONS"}
# Programs without cookies call these; nobody else is to be added lightly.
WITHOUT_CSRF: set[str] = {"/dev/sms-gateway", "/dev/webhooks"}
# POSTs of the API that cannot keep their answer (docs/decisions/0007-idempotent-requests.md).
NOT_IDEMPOTENT: set[str] = {
    "/api/v1/sign-in",
    "/api/v1/sign-in/codes",
    "/api/v1/me/tokens",
    "/api/v1/partner/webhooks",
}


@pytest.fixture(scope="module")
def application(settings: Settings) -> Litestar:
    return create_app(settings)


def handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                yield route.path, handler


def test_every_route_has_a_guard_or_is_named_public(application: Litestar) -> None:
    undeclared = [path for path, handler in handlers(application) if not is_declared(handler)]
    assert undeclared == []


def test_public_routes_say_why(application: Litestar) -> None:
    for path, handler in handlers(application):
        if PUBLIC in handler.opt:
            assert len(str(handler.opt[PUBLIC])) > 5, path
            guards = handler.resolve_guards()
            assert not any(isinstance(guard, Citizen | Partner | Staff) for guard in guards), path


def test_what_changes_something_wants_a_token(application: Litestar) -> None:
    exempt = {
        path
        for path, handler in handlers(application)
        if NO_TOKEN in handler.opt and set(handler.http_methods) - SAFE
    }
    assert exempt <= WITHOUT_CSRF


def test_getting_a_page_never_needs_an_exemption(application: Litestar) -> None:
    for path, handler in handlers(application):
        if set(handler.http_methods) <= SAFE:
            assert NO_TOKEN not in handler.opt, path


def test_every_route_of_the_api_declares_its_security(application: Litestar) -> None:
    for path, handler in handlers(application):
        if not path.startswith(f"{API}v1/") or handler.http_methods == {"OPTIONS"}:
            continue
        declared = handler.resolve_security()
        if PUBLIC in handler.opt:
            assert declared == [], path
        else:
            assert declared == (WITH_KEY if path.startswith(PARTNERS) else SIGNED_IN), path


def test_posts_of_the_api_honour_idempotency_keys(application: Litestar) -> None:
    posts = {
        path: handler
        for path, handler in handlers(application)
        if path.startswith(API) and "POST" in handler.http_methods
    }
    without = {path for path, handler in posts.items() if not hasattr(handler.fn, MARK)}
    assert without <= NOT_IDEMPOTENT
