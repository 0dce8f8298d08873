"""The plain booking of a program, answered without the framework's work for requests of any kind.

When a day's places open, thousands of the same request come in a second: a token, a small JSON
body, one place for oneself. What stands here is what Litestar would do for it, and no more.
Whatever is not exactly that request, or is wrong with it, goes on to the handler unchanged, and a
refusal is raised through to what answers refusals. A test holds the two against each other.
"""

from collections.abc import Sequence
from datetime import datetime

from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.middleware import ASGIMiddleware
from litestar.serialization import encode_json
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send
from msgspec import DecodeError
from msgspec.json import Decoder

from services import appointments
from services.appointments import Book
from services.identity import TokenFacts
from web.appointments.answers import AppointmentAnswer, BookRequest, appointment_answer
from web.appointments.turns import in_turn_by
from web.common import idempotency
from web.common.authentication import actor_in, facts_in
from web.common.text_safety import require_json_text

LARGEST = 4_096
_JSON = (b"content-type", b"application/json")
_KEY = idempotency.HEADER.lower().encode()
_decoder = Decoder(BookRequest)


class PlainBooking(ASGIMiddleware):
    """Around the handler that books: `middleware=[PlainBooking()]`."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Book, or hand the request on unchanged."""
        if not _may_be_plain(scope):
            await next_app(scope, receive, send)
            return
        messages = await _read(receive)
        wanted = _wanted(messages)
        if wanted is None:
            await next_app(scope, _again(messages, receive), send)
            return
        await _answer(await _book(scope, wanted), send)


def _may_be_plain(scope: Scope) -> bool:
    facts = facts_in(scope)
    headers = scope["headers"]
    return (
        isinstance(facts, TokenFacts)
        and facts.real_name
        and not scope["query_string"]
        and _JSON in headers
        and not any(name == _KEY for name, _ in headers)
    )


async def _read(receive: Receive) -> list[ReceiveMessage]:
    """What came of the body, until it is whole or too large to be plain."""
    messages: list[ReceiveMessage] = []
    size = 0
    while size <= LARGEST:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request" or not message["more_body"]:
            break
        size += len(message["body"])
    return messages


def _wanted(messages: Sequence[ReceiveMessage]) -> Book | None:
    """The command, if what was read is a plain booking and nothing else."""
    pieces = [one["body"] for one in messages if one["type"] == "http.request"]
    body = b"".join(pieces)
    if len(pieces) < len(messages) or len(body) > LARGEST:
        return None
    try:
        require_json_text(body)
        data = _decoder.decode(body)
    except (ClientException, DecodeError, RecursionError):
        return None
    return command_of(data) if data.is_simple else None


def command_of(data: BookRequest) -> Book:
    """What one person wants who comes for one item and asks for nothing."""
    return Book(item_code=data.item, slot_id=data.slot_id, hold_id=data.hold_id)


def _again(messages: Sequence[ReceiveMessage], receive: Receive) -> Receive:
    """A receiver that begins with what was read already."""
    read = iter(messages)

    async def receive_again() -> ReceiveMessage:
        return next(read, None) or await receive()

    return receive_again


async def _book(scope: Scope, command: Book) -> AppointmentAnswer:
    actor, clock = actor_in(scope), scope["litestar_app"].state.clock

    async def deed(now: datetime) -> AppointmentAnswer:
        return appointment_answer(await appointments.book(actor, command, now))

    return await in_turn_by(clock, deed, clock.now())


async def _answer(answer: AppointmentAnswer, send: Send) -> None:
    body = encode_json(answer)
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
