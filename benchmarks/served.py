"""The web server with one address more: the bytes of a file, from memory.

`python -m benchmarks.served PORT WORKERS`; the file is named in BENCHMARK_BYTES. What the benchmark
of availability is held against; no other server has it.
"""

import os
import sys
from pathlib import Path

from litestar import Litestar, MediaType, Response, get
from litestar.types import ASGIApp

from banshi import web
from web.common.guards import public

ADDRESS = "/api/v1/same-bytes"
FILE = "BENCHMARK_BYTES"
_BYTES = Path(os.environ[FILE]).read_bytes() if FILE in os.environ else b""


@get(ADDRESS, opt=public("only in a benchmark"), include_in_schema=False)
async def same_bytes() -> Response[bytes]:
    """What was read when the process started."""
    return Response(_BYTES, media_type=MediaType.JSON)


def application() -> ASGIApp:
    """Our application and the address."""
    app = web.application()
    assert isinstance(app, Litestar)
    app.register(same_bytes)
    return app


if __name__ == "__main__":
    web.serve("benchmarks.served:application", "127.0.0.1", int(sys.argv[1]), int(sys.argv[2]))
