"""/dev/mailbox: what was sent, as the people who get it would see it."""

import asyncio
from pathlib import Path

from litestar import Response, get
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from services.kernel.settings import Settings
from services.notices import Channel
from web.common.headers import CONTENT_SECURITY_POLICY
from web.common.rendering import AnyRequest, Page, page
from web.notices.caught import Caught, caught

DEV = {"public": "development only"}
FRAMES = {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"}
# A mail brings its own style and nothing that runs; links open beside the page.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; sandbox allow-popups"
)


def mailbox_folder(settings: Settings) -> Path:
    """Where the catchers keep what was sent; where nothing is caught, there is no such page."""
    if settings.mailbox_dir is None:
        raise NotFoundException
    return settings.mailbox_dir


async def _caught(request: AnyRequest, to: str | None = None) -> list[Caught]:
    folder = mailbox_folder(request.app.state.settings)
    return await asyncio.to_thread(caught, folder, to or None)


async def _one(request: AnyRequest, message_id: str) -> Caught:
    for message in await _caught(request):
        if message.id == message_id:
            return message
    raise NotFoundException


@get("/dev/mailbox.json", opt=DEV)
async def list_caught(request: AnyRequest, to: FromQuery[str | None] = None) -> list[Caught]:
    """What was sent, newest first; `to` keeps one phone or mail address."""
    return await _caught(request, to)


@get("/dev/mailbox", opt=DEV)
async def show_mailbox(request: AnyRequest, to: FromQuery[str | None] = None) -> Page:
    """The list, as on a phone."""
    messages = await _caught(request, to)
    return page("notices/mailbox.html", messages=messages, to=to or "", opened=None, headers=FRAMES)


@get("/dev/mailbox/{message_id:str}", opt=DEV)
async def show_message(
    request: AnyRequest, message_id: FromPath[str], to: FromQuery[str | None] = None
) -> Page:
    """One mail, or the texts to one phone."""
    opened = await _one(request, message_id)
    conversation: list[Caught] = []
    if opened.channel is Channel.SMS:
        texts = await _caught(request, opened.to)
        conversation = [text for text in reversed(texts) if text.channel is Channel.SMS]
    return page(
        "notices/mailbox.html",
        messages=await _caught(request, to),
        to=to or "",
        opened=opened,
        conversation=conversation,
        headers=FRAMES,
    )


@get("/dev/mailbox/{message_id:str}/html", opt=DEV)
async def show_html(request: AnyRequest, message_id: FromPath[str]) -> Response[str]:
    """A mail's HTML alone, for the frame: without scripts, without our cookies."""
    message = await _one(request, message_id)
    if message.html is None:
        raise NotFoundException
    return Response(
        message.html, media_type=MediaType.HTML, headers={"Content-Security-Policy": MAIL_POLICY}
    )


HANDLERS = (list_caught, show_mailbox, show_message, show_html)
