"""Figures for Prometheus. With PROMETHEUS_MULTIPROC_DIR set, all processes of a server add up."""

import os
from functools import lru_cache
from typing import Final

from litestar import Response, get
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from services.kernel import outbox

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("banshi_http_requests", "Requests answered.", ("method", "route", "status"))
DURATION = Histogram(
    "banshi_http_request_seconds",
    "Time to answer a request.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OUTBOX = Gauge(
    "banshi_outbox_events",
    "Events in the outbox by state; done ones are not counted.",
    ("state",),
    multiprocess_mode="mostrecent",
)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request. `route` is the template, so that the label stays bounded."""
    verb = method if method in _METHODS else "other"
    requests, duration = _figures(verb, route, status)
    requests.inc()
    duration.observe(seconds)


@lru_cache(maxsize=4096)
def _figures(verb: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(verb, route, str(status)), DURATION.labels(verb, route)


@get("/metrics", opt={"public": "scraped from inside"}, include_in_schema=False)
async def show_metrics() -> Response[bytes]:
    """Every figure in Prometheus' text format."""
    depth = await outbox.depth()
    for state in outbox.EventStatus:
        if state is not outbox.EventStatus.DONE:
            OUTBOX.labels(state.value).set(depth.get(state, 0))
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped there
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
