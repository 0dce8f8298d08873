"""`banshi web`: the web server."""

import gc
import os
import resource
from tempfile import TemporaryDirectory

import click
from granian import Granian
from granian.constants import Interfaces
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar.types import ASGIApp

from services.kernel.logs import configure_logging
from services.kernel.settings import settings

# A page that listens for live messages never ends by itself; a stop does not wait for it longer.
GOODBYE_SECONDS = 5
# How many may knock at once, and how many one process serves. The server's own choice, 512, shuts
# the rest of a rush out, and open boards count too.
BACKLOG = 4096
OPEN_CONNECTIONS = 20_000
# So many new objects, less those that are gone, and the youngest are looked through.
COLLECT_AFTER = 20_000
# The server's own lines go the way of ours: to the root logger, in the same format.
SERVER_LOGGERS = {
    name: {"handlers": [], "level": "INFO", "propagate": True}
    for name in ("_granian", "granian.access")
}


def application() -> ASGIApp:
    """The application of one server process.

    Behind a trusted proxy the caller's address is the one that the proxy saw: limits count it.
    """
    from services.kernel import outbox
    from services.kernel.redis import redis
    from web.app import create_app
    from workers.arq_queue import queue_on
    from workers.doorbell import Doorbell

    configure_logging(settings().log_format)
    outbox.use_doorbell(Doorbell(queue_on(redis().connection_pool)).ring)
    app: ASGIApp = create_app(settings())
    _settle_memory()
    proxies = [proxy.strip() for proxy in settings().trusted_proxies.split(",") if proxy.strip()]
    if proxies:
        app = wrap_asgi_with_proxy_headers(app, proxies)
    return app


def _settle_memory() -> None:
    """Keep the collector from walking through what lives as long as the process.

    A full collection visits every object of the application, and somebody's answer waits for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
def command(host: str, port: int, workers: int) -> None:
    """Serve pages and the API over HTTP; TLS is the reverse proxy's part."""
    configure_logging(settings().log_format)
    with TemporaryDirectory(prefix="banshi-metrics-") as figures:
        # Each process counts for itself; together they answer /metrics from these files.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
        serve("banshi.web:application", host, port, workers)


def serve(target: str, host: str, port: int, workers: int) -> None:
    """Run the server on an application factory, `module:name`, until it is told to stop."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Granian(
        target,
        factory=True,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=BACKLOG,
        backpressure=OPEN_CONNECTIONS,
        workers_kill_timeout=GOODBYE_SECONDS,
        respawn_failed_workers=True,
        log_dictconfig={"loggers": SERVER_LOGGERS},
    ).serve()
