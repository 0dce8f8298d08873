"""`Idempotency-Key` on POSTs of the API: asked twice, done once, for 24 hours.

    @post("/appointments", guards=[real_name])
    @idempotent
    async def book(request: Request, data: Book, actor: Actor, now: datetime) -> Appointment: ...

See docs/decisions/0007-idempotent-requests.md for why the answer is kept in the transaction of the
operation itself, and which routes cannot have it.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from litestar import MediaType, Request, Response
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.serialization import encode_json

from services import identity
from services.identity import Answer, AskedOnce
from services.kernel.actor import Actor, ActorKind
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from web.common.authentication import actor_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MALFORMED = N_("The Idempotency-Key must be 1 to 255 visible ASCII characters.")
MARK = "banshi_idempotent"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("location",)

P = ParamSpec("P")


def idempotent(function: Callable[P, Awaitable[Any]]) -> Callable[P, Awaitable[Any]]:
    """Honour the header on a handler, which takes `request` and answers with JSON.

    The handler must not commit anything when it refuses: a refusal undoes everything, and frees
    the key. Raises TypeError, when the module is read, for a handler without `request`.
    """
    if "request" not in inspect.signature(function).parameters:
        raise TypeError(f"{function.__qualname__} must take `request`")

    @wraps(function)
    async def once(*args: P.args, **kwargs: P.kwargs) -> Any:
        request = kwargs["request"]
        if not isinstance(request, Request):
            raise TypeError(f"{function.__qualname__}: `request` is not the request")
        key = request.headers.get(HEADER)
        if key is None:
            return await function(*args, **kwargs)
        asked = await _asked(request, key)

        async def operation() -> Answer:
            return _answer(request, await function(*args, **kwargs))

        now = request.app.state.clock.now()
        answer, replayed = await identity.answer_once(asked, operation, now)
        headers = {**answer.headers, **({REPLAYED: "true"} if replayed else {})}
        return Response(
            answer.body.encode(),
            status_code=answer.status,
            headers=headers,
            media_type=MediaType.JSON,
        )

    setattr(once, MARK, True)
    return once


async def _asked(request: Request[Any, Any, Any], key: str) -> AskedOnce:
    if not _KEY.fullmatch(key):
        raise InvalidInput(FieldError(HEADER, "idempotency_key_malformed", MALFORMED))
    body = (await request.body()).hex()
    query = request.scope["query_string"].decode("latin-1")
    return AskedOnce(
        holder_id=_holder(actor_of(request)),
        key=key,
        request=f"{request.method} {request.scope['path']}?{query}\n{body}",
    )


def _holder(actor: Actor) -> UUID:
    """Whose keys these are: two who choose the same one do not meet."""
    if actor.kind is ActorKind.PARTNER and actor.id is not None:
        return actor.id
    return actor.person_id()


def _answer(request: Request[Any, Any, Any], returned: Any) -> Answer:
    handler = request.route_handler
    if not isinstance(handler, HTTPRouteHandler):
        raise TypeError("only HTTP handlers are idempotent")
    status, headers, content = handler.status_code, {}, returned
    if isinstance(returned, Response):
        status = returned.status_code or status
        headers = {
            name: value for name, value in returned.headers.items() if name.lower() in _KEPT_HEADERS
        }
        content = returned.content
    body = encode_json(content, handler.default_serializer).decode()
    return Answer(status=status, headers=headers, body=body)
