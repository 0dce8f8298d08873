"""QR codes drawn into the page."""

import segno
from markupsafe import Markup

# Choosing the best of eight masks costs more than everything else; any mask is valid.
_MASK = 3
_QUIET_ZONE = 4


def qr_svg(text: str) -> Markup:
    """A QR code of `text`, level Q, as an SVG without inline style that fills its box."""
    code = segno.make(text, error="q", micro=False, mask=_MASK)
    drawing = code.svg_inline(omitsize=True, border=_QUIET_ZONE, svgclass=None, lineclass=None)
    # segno draws; the text itself is not in the drawing.
    return Markup(drawing)  # noqa: S704
