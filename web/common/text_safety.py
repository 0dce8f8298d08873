"""What no operation can use is refused at the door: too much, too deep, or not text.

PostgreSQL keeps neither NULs nor bytes that are not UTF-8.
"""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException
from litestar.params import BodyKwarg
from litestar.typing import FieldDefinition

# An escaped NUL or half of a surrogate pair in JSON, with an even number of backslashes before it.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_BAD_TEXT = "text with characters that cannot be kept"
_OTHER_FORMAT = "not the format that this address takes"
_TOO_DEEP = "JSON nested more deeply than it can be read"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class CleanRequest(Request[Any, Any, Any]):
    """A request whose text parts are known to be storable text."""

    _clean: bytes | None = None

    async def body(self) -> bytes:
        """The body. Raises ClientException if it is JSON or a form with unstorable text."""
        if self._clean is None:
            self._clean = self._cleaned(await super().body())
        return self._clean

    def _cleaned(self, body: bytes) -> bytes:
        kind = self.content_type[0]
        if kind == RequestEncodingType.URL_ENCODED:
            require_text(body.replace(b"+", b" "))
        elif kind == RequestEncodingType.JSON:
            require_json_text(body)
        return body

    async def json(self) -> Any:
        """The JSON value. Raises ClientException when it is nested too deeply."""
        try:
            return await super().json()
        except RecursionError as error:
            raise ClientException(_TOO_DEEP) from error

    async def form(self) -> FormMultiDict:
        """The form. Raises ClientException if a field holds unstorable text."""
        # Litestar streams forms with files and keeps no body, which `refuse_bad_requests` asks for.
        await self.body()
        form = await super().form()
        for _, value in form.multi_items():
            if isinstance(value, str) and not storable(value):
                raise ClientException(_BAD_TEXT)
        return form


def escaped(query: bytes) -> bytes:
    """A query with its bytes beyond ASCII percent-encoded, as they should have been sent."""
    return _BEYOND_ASCII.sub(lambda found: b"%%%02X" % found[0][0], query)


def require_text(quoted: bytes) -> None:
    """Raise ClientException unless percent-encoded `quoted` stands for storable text."""
    if "\0" in _require_utf8(unquote_to_bytes(quoted)):
        raise ClientException(_BAD_TEXT)


def require_json_text(body: bytes) -> None:
    """Raise ClientException unless JSON holds only storable text.

    Its decoder checks only the strings that it copies.
    """
    _require_utf8(body)
    if _ESCAPED_NUL.search(body):
        raise ClientException(_BAD_TEXT)


def _require_utf8(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError as error:
        raise ClientException(_BAD_TEXT) from error


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep `text`: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


async def refuse_bad_requests(request: Request[Any, Any, Any]) -> None:
    """Before a handler: path and query must be storable text, and the body what is taken here.

    The body is read whether or not the handler looks at it, so that its size always counts. One
    in another format would be an empty form to Litestar.
    """
    if not storable(request.scope["path"]):
        raise ClientException(_BAD_TEXT)
    require_text(request.scope["query_string"])
    if request.method in _WITH_BODY and await request.body():
        taken = request.route_handler.parsed_data_field
        if taken is not None and request.content_type[0] != _format_of(taken):
            raise UnknownFormat(_OTHER_FORMAT)


def _format_of(data: FieldDefinition) -> str | None:
    kind = data.kwarg_definition
    return kind.media_type if isinstance(kind, BodyKwarg) else None


class UnknownFormat(ClientException):
    """A body in a format that the handler does not read."""

    status_code = 415
