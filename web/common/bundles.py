"""What every page needs, put together when the process starts: one sheet and one script.

A phone on a slow line pays for each request. The parts stay files of their own to be read and
changed; nothing is rewritten.
"""

from collections.abc import Mapping

from msgspec import Struct

BUNDLED = "every"


class Bundle(Struct, frozen=True):
    """Files served as one; `parts` are named as a page would name them."""

    name: str
    parts: tuple[str, ...]

    def content(self, files: Mapping[str, bytes]) -> bytes:
        """The parts in their order. A script's names stay its own; none imports another."""
        found = [files[part] for part in self.parts]
        if self.name.endswith(".js"):
            found = [b"{\n%s}" % part for part in found]
        return b"\n".join(found) + b"\n"


_SHEETS = (
    "tokens",
    "base",
    "header",
    "layout",
    "controls",
    "forms",
    "cards",
    "messages",
    "flow",
    "overlays",
    "booking",
)
_SCRIPTS = (
    "connection",
    "copy",
    "countdown",
    "day_strip",
    "dialogs",
    "focus",
    "preferences",
    "print",
    "submit_once",
    "toasts",
    "when_over",
)
BUNDLES = (
    Bundle(
        "page.css",
        ("normalize/modern-normalize.css", *(f"app/css/{name}.css" for name in _SHEETS)),
    ),
    Bundle("page.js", tuple(f"app/js/{name}.js" for name in _SCRIPTS)),
)
