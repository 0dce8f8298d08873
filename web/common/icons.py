"""Icons drawn into the page, so that they take the text's colour: those of lucide in icons.txt."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from web.common.assets import NODE_MODULES

FOLDER = NODE_MODULES / "lucide-static" / "icons"

ICONS = frozenset((Path(__file__).parent / "icons.txt").read_text().split())

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SPACE = re.compile(r"\s+")
_OPENING = re.compile(r"<svg[^>]*>")


@cache
def icon(name: str, size: str = "") -> Markup:
    """The drawing called `name`; `size` is "", "small", "large" or "huge". Hidden from readers.

    Raises KeyError for a name that is not in ICONS.
    """
    if name not in ICONS:
        raise KeyError(f"add the icon {name} to web/common/icons.txt")
    source = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    kind = f"icon icon-{size}" if size else "icon"
    opening = (
        f'<svg class="{kind}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        'aria-hidden="true" focusable="false">'
    )
    drawing = _OPENING.sub(opening, _SPACE.sub(" ", _COMMENT.sub("", source)), count=1)
    # The package's own files, from the list above: nothing that a person typed is in them.
    return Markup(drawing.strip())  # noqa: S704
