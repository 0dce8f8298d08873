"""What every answer says to the browser about safety. No page has inline script or style."""

from collections.abc import Mapping

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "media-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)

# Only "Halls near me" asks for the place, and only when pressed.
PERMISSIONS_POLICY = ", ".join(
    (
        "geolocation=(self)",
        *(
            f"{feature}=()"
            for feature in ("camera", "microphone", "payment", "usb", "interest-cohort")
        ),
    )
)

ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Pages are personal unless their handler says otherwise.
    "Cache-Control": "no-store",
}

HTTPS_ONLY: Mapping[str, str] = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


def security_headers(*, secure: bool) -> Mapping[str, str]:
    """The headers of every answer, unless the handler has set its own; HSTS only over https."""
    return {**ALWAYS, **HTTPS_ONLY} if secure else ALWAYS
