"""Browser files: our own and those npm packages' that are named here, nothing else.

A group of files is served under one address that holds the hash of all of them, so that relative
imports and url()s inside it keep working without a bundler and every copy can be cached for good.
"""

import gzip
import hashlib
import mimetypes
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from web.common.bundles import BUNDLED, BUNDLES

WEB = Path(__file__).resolve().parent.parent
STATIC = WEB / "static"
NODE_MODULES = WEB / "node_modules"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
_COMPRESSIBLE = ("text/", "image/svg", "application/manifest+json", "application/json")
_SMALLEST_COMPRESSED = 512

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/manifest+json", ".webmanifest")


class Group(Struct, frozen=True):
    """Files that import each other, under one folder."""

    name: str
    folder: Path
    patterns: tuple[str, ...]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Path within the folder and content of each file that may be served."""
        found = sorted({path for pattern in self.patterns for path in self.folder.glob(pattern)})
        if not found:
            raise FileNotFoundError(
                f"no browser files in {self.folder}: run `make install`, which runs npm ci in web/"
            )
        for path in found:
            yield path.relative_to(self.folder).as_posix(), path.read_bytes()


GROUPS = (
    Group("app", STATIC, ("css/*.css", "js/*.js", "img/*.svg", "img/*.png", "*.webmanifest")),
    Group("normalize", NODE_MODULES / "modern-normalize", ("modern-normalize.css",)),
    Group("htmx", NODE_MODULES / "htmx.org/dist", ("htmx.min.js",)),
    Group(
        "noto-sans-sc",
        NODE_MODULES / "@fontsource-variable/noto-sans-sc",
        ("index.css", "files/*.woff2"),
    ),
)


class Asset(Struct, frozen=True):
    """One file ready to send. `compressed` is None where gzip would gain nothing."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class Assets:
    """Every file that browsers may fetch, read once."""

    def __init__(self, groups: tuple[Group, ...] = GROUPS) -> None:
        self._files: dict[tuple[str, str], Asset] = {}
        read = {
            f"{group.name}/{path}": content for group in groups for path, content in group.files()
        }
        read |= {f"{BUNDLED}/{each.name}": each.content(read) for each in BUNDLES}
        wholes: defaultdict[str, list[bytes]] = defaultdict(list)
        for address, content in read.items():
            group_name, _, path = address.partition("/")
            wholes[group_name] += [path.encode(), content]
            self._files[group_name, path] = _asset(path, content)
        self._versions = {
            name: hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
            for name, parts in wholes.items()
        }

    def address(self, path: str) -> str:
        """The address of ``app/css/base.css`` and the like. Raises KeyError for an unknown file."""
        group, _, inner = path.partition("/")
        if (group, inner) not in self._files:
            raise KeyError(f"{path} is not among the files that may be served")
        return f"/assets/{group}/{self._versions[group]}/{inner}"

    def find(self, group: str, path: str) -> Asset | None:
        """The file at `path` of `group`, whatever version was asked for."""
        return self._files.get((group, path))

    def is_current(self, group: str, version: str) -> bool:
        """Whether `version` is what this process serves; during a roll-out it may be another's."""
        return self._versions.get(group) == version


def _asset(path: str, content: bytes) -> Asset:
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    worth = media_type.startswith(_COMPRESSIBLE) and len(content) >= _SMALLEST_COMPRESSED
    return Asset(
        content=content,
        compressed=gzip.compress(content, 9, mtime=0) if worth else None,
        media_type=media_type,
        etag=f'"{hashlib.sha256(content).hexdigest()[:20]}"',
    )


@lru_cache(maxsize=1)
def assets() -> Assets:
    """The process's files."""
    return Assets()


@get(
    "/assets/{group:str}/{version:str}/{path:path}",
    opt={"public": "browser files", "compressed": True},
    media_type=MediaType.TEXT,
    include_in_schema=False,
    sync_to_thread=False,
)
def serve_asset(
    request: Request[Any, Any, Any],
    group: FromPath[str],
    version: FromPath[str],
    path: FromPath[str],
) -> Response[bytes]:
    """One browser file; an old version's address gives the present file, to be asked for again."""
    asset = assets().find(group, path.lstrip("/"))
    if asset is None:
        raise NotFoundException
    headers: Mapping[str, str] = {
        "Cache-Control": FOREVER if assets().is_current(group, version) else ASK_AGAIN,
        "ETag": asset.etag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == asset.etag:
        return Response(b"", status_code=304, headers=headers)
    if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.compressed,
            media_type=asset.media_type,
            headers={**headers, "Content-Encoding": "gzip"},
        )
    return Response(asset.content, media_type=asset.media_type, headers=headers)
