"""Text that PostgreSQL cannot keep is refused at the door: NULs, and bytes that are not UTF-8."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException

# An escaped NUL or half of a surrogate pair in JSON, with an even number of backslashes before it.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BAD_TEXT = "text with characters that cannot be kept"


class CleanRequest(Request[Any, Any, Any]):
    """A request whose text parts are known to be storable text."""

    async def body(self) -> bytes:
        """The body. Raises ClientException if it is JSON or a form with unstorable text."""
        body = await super().body()
        kind = self.content_type[0]
        if kind == RequestEncodingType.URL_ENCODED:
            require_text(body.replace(b"+", b" "))
        elif kind == RequestEncodingType.JSON:
            _require_utf8(body)  # the decoder checks only the strings that it copies
            if _ESCAPED_NUL.search(body):
                raise ClientException(_BAD_TEXT)
        return body

    async def form(self) -> FormMultiDict:
        """The form. Raises ClientException if a field holds unstorable text."""
        form = await super().form()
        for _, value in form.multi_items():
            if isinstance(value, str) and not storable(value):
                raise ClientException(_BAD_TEXT)
        return form


def require_text(quoted: bytes) -> None:
    """Raise ClientException unless percent-encoded `quoted` stands for storable text."""
    if "\0" in _require_utf8(unquote_to_bytes(quoted)):
        raise ClientException(_BAD_TEXT)


def _require_utf8(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError as error:
        raise ClientException(_BAD_TEXT) from error


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep `text`: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


async def refuse_bad_addresses(request: Request[Any, Any, Any]) -> None:
    """Before a handler: the path and the query must be storable text."""
    if not storable(request.scope["path"]):
        raise ClientException(_BAD_TEXT)
    require_text(request.scope["query_string"])
