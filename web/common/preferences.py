"""What a visitor chose about the looks of the pages: language, text size, theme.

Each is a query parameter (?lang=en, ?text=large, ?theme=dark), which also sets the cookie of the
same name, so that the switches work without JavaScript.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.types import Scope
from msgspec import Struct

from services.kernel.translations import Language
from web.common.i18n import DEFAULT_LANGUAGE, accepted_language, parse_language

LANGUAGE, TEXT, THEME = "lang", "text", "theme"
SAFE = ("GET", "HEAD")
_KEY = "preferences"
_ONE_YEAR = 365 * 24 * 60 * 60


class TextSize(StrEnum):
    """How large everything is; large is the mode for older eyes (适老化)."""

    NORMAL = "normal"
    LARGE = "large"


class Theme(StrEnum):
    """Light, dark, or what the device says."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


Choice = TypeVar("Choice", TextSize, Theme)


class Preferences(Struct, frozen=True):
    """A visitor's choices, and those of them that this request has just made."""

    language: Language
    text: TextSize
    theme: Theme
    chosen: tuple[str, ...] = ()

    def cookies(self, *, secure: bool) -> Iterator[Cookie]:
        """The cookies that keep what this request chose. The page's scripts may read them."""
        values = {LANGUAGE: self.language, TEXT: self.text, THEME: self.theme}
        for name in self.chosen:
            yield Cookie(
                key=name,
                value=values[name].value,
                max_age=_ONE_YEAR,
                secure=secure,
                samesite="lax",
            )


def preferences(scope: Scope) -> Preferences:
    """The choices that hold for this request: parameter, then cookie, then Accept-Language."""
    state = scope["state"]
    if _KEY not in state:
        state[_KEY] = _chosen(scope) if _may_have_chosen(scope) else _unasked(scope)
    found: Preferences = state[_KEY]
    return found


def _may_have_chosen(scope: Scope) -> bool:
    return bool(scope["query_string"]) or any(name == b"cookie" for name, _ in scope["headers"])


def _unasked(scope: Scope) -> Preferences:
    """What holds for whoever has chosen nothing here, as programs have not."""
    header = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return _by_browser(header.decode("latin-1"))


@lru_cache(maxsize=256)
def _by_browser(accept_language: str) -> Preferences:
    language = accepted_language(accept_language) or DEFAULT_LANGUAGE
    return Preferences(language=language, text=TextSize.NORMAL, theme=Theme.AUTO)


def _chosen(scope: Scope) -> Preferences:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    asked = dict(parse_qsl(connection.scope["query_string"].decode("latin-1")))
    cookies = connection.cookies
    language = parse_language(asked.get(LANGUAGE))
    text = _member(TextSize, asked.get(TEXT))
    theme = _member(Theme, asked.get(THEME))
    choices = ((LANGUAGE, language), (TEXT, text), (THEME, theme))
    return Preferences(
        language=language
        or parse_language(cookies.get(LANGUAGE))
        or accepted_language(connection.headers.get("accept-language", ""))
        or DEFAULT_LANGUAGE,
        text=text or _member(TextSize, cookies.get(TEXT)) or TextSize.NORMAL,
        theme=theme or _member(Theme, cookies.get(THEME)) or Theme.AUTO,
        chosen=tuple(name for name, choice in choices if choice is not None),
    )


def switch_address(scope: Scope, name: str, value: str) -> str:
    """This page's address with one choice made, for the switches in the header.

    What answers a form may stand at an address that nothing can be fetched from: there the
    switches lead to the page that the form was on.
    """
    path, query = "", scope["query_string"].decode("latin-1")
    if scope.get("method", "GET") not in SAFE:
        path, query = _came_from(scope)
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(key, old) for key, old in pairs if key not in (LANGUAGE, TEXT, THEME)]
    return f"{path}?{urlencode([*kept, (name, value)])}"


def _came_from(scope: Scope) -> tuple[str, str]:
    """Path and query of the page of ours that sent this form; the start page if it is unknown."""
    headers = ASGIConnection(scope).headers
    try:
        parts = urlsplit(headers.get("referer", ""))
    except ValueError:
        return "/", ""
    ours = parts.netloc == headers.get("host") and not parts.path.startswith("//")
    return (parts.path or "/", parts.query) if ours else ("/", "")


def _member(kind: type[Choice], value: str | None) -> Choice | None:
    return next((member for member in kind if member == value), None)
