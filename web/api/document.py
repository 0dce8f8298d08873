"""The OpenAPI document as it is served: Litestar's, and what its generator cannot be told."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from litestar import Litestar
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.kernel.i18n import N_
from web.common import idempotency

# Litestar writes a generic struct as Listing_web.catalog.answers.ItemSummary_.
_GENERIC: Final = re.compile(r"(?P<outer>\w+?)_(?:\w+\.)+(?P<inner>\w+)_")
_SCHEMAS: Final = "#/components/schemas/"

Json = dict[str, Any]

HEADERS: Final[Mapping[str, Json]] = {
    "X-Request-ID": {
        "description": "The number of this request; say it when you report a fault.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
    },
    "WWW-Authenticate": {
        "description": "That a bearer token is wanted.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "How many seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Allow": {
        "description": "The methods that this address takes.",
        "required": True,
        "schema": {"type": "string"},
    },
    idempotency.REPLAYED: {
        "description": "Present when the answer is that of an earlier request.",
        "schema": {"type": "boolean", "enum": [True]},
    },
}
# Answers that only a request of another kind can get: by method, or for want of a body.
_TO_CHANGES: Final = {"403": "forbidden", "413": "too_large"}
_TO_BODIES: Final = {"415": "unknown_format"}
# The headers that come with a status, besides X-Request-ID.
WITH_STATUS: Final[Mapping[str, str]] = {
    "401": "WWW-Authenticate",
    "405": "Allow",
    "429": "Retry-After",
}
IDEMPOTENCY_KEY: Final[Json] = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": N_(
        "A text of your choosing. The same request with the same key does its work once in 24 "
        "hours."
    ),
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "examples": ["b7c1e0d2-visit-1"]},
}


def document(app: Litestar) -> Json:
    """The whole document; the caller may change it."""
    whole = _with_plain_names(app.openapi_schema.to_schema())
    whole["components"]["headers"] = dict(HEADERS)
    for method, operation, handler in _operations(app, whole):
        if method == "GET":
            _drop(operation, _TO_CHANGES)
        if "requestBody" not in operation:
            _drop(operation, _TO_BODIES)
        repeatable = hasattr(handler.fn, idempotency.MARK)
        if repeatable:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        for status, answer in operation["responses"].items():
            names = ["X-Request-ID", WITH_STATUS.get(status)]
            if repeatable and status.startswith("2"):
                names.append(idempotency.REPLAYED)
            answer["headers"] = answer.get("headers", {}) | {
                name: {"$ref": f"#/components/headers/{name}"} for name in names if name
            }
    return whole


def _drop(operation: Json, codes: Mapping[str, str]) -> None:
    for status, code in codes.items():
        [content] = operation["responses"][status]["content"].values()
        del content["examples"][code]
        if not content["examples"]:
            del operation["responses"][status]


def _operations(app: Litestar, whole: Json) -> Iterator[tuple[str, Json, HTTPRouteHandler]]:
    for route in app.routes:
        path = whole["paths"].get(route.path_format, {})
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in handler.http_methods:
                    if method.lower() in path:
                        yield method, path[method.lower()], handler


def _with_plain_names(whole: Json) -> Json:
    """A list of ItemSummary is an ItemSummaryListing."""
    schemas = whole["components"]["schemas"]
    plain = {name: _GENERIC.sub(r"\g<inner>\g<outer>", name) for name in schemas}
    whole["components"]["schemas"] = {plain[name]: schema for name, schema in schemas.items()}
    renamed: Json = _referring(whole, {_SCHEMAS + old: _SCHEMAS + plain[old] for old in plain})
    return renamed


def _referring(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {
            key: names.get(value, value) if key == "$ref" else _referring(value, names)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [_referring(value, names) for value in part]
    return part
