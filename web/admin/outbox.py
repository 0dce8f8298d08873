"""/admin/outbox: the events that gave up, and another chance for them."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import notices
from services.identity import Role
from services.kernel import outbox
from services.kernel.errors import Conflict
from services.kernel.i18n import N_
from web.admin import words
from web.common.flash import Tone, redirect
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import Page, page
from web.common.staff_places import ADMINISTRATION

PATH = "/admin/outbox"
SHOWN = 100
NOT_DEAD = N_("This event is not dead any more.")


class WholeTopic(Struct, frozen=True):
    """All dead events of one topic are to be tried again."""

    topic: Annotated[str, Meta(max_length=60, pattern=r"^[a-z_.]+$")]


@get(PATH, guards=[staff(*ADMINISTRATION.roles)])
async def show_outbox(actor: CurrentActor) -> Page:
    """What waits, and what is dead and why."""
    dead = await outbox.dead_events(SHOWN)
    return page(
        "admin/outbox.html",
        dead=dead,
        dead_topics=sorted({event.topic for event in dead}),
        backlog=await outbox.backlog(),
        may_retry=actor.has_role(Role.ADMINISTRATOR),
        shown=SHOWN,
        words=words,
    )


@post(
    "/admin/outbox/{event_id:uuid}/retry",
    guards=[staff(Role.ADMINISTRATOR)],
)
async def retry_event(actor: CurrentActor, event_id: FromPath[UUID], now: Now) -> Redirect:
    """Put one dead event back in line."""
    try:
        await notices.retry(actor, event_id, now)
    except Conflict:
        return redirect(PATH, NOT_DEAD, Tone.INFO)
    return redirect(PATH, N_("The event is being tried again."))


@post("/admin/outbox/retry-all", guards=[staff(Role.ADMINISTRATOR)])
async def retry_topic(
    actor: CurrentActor,
    now: Now,
    data: URLEncodedBody[WholeTopic],
) -> Redirect:
    """Put all dead events of a topic back in line."""
    try:
        await notices.retry_all(actor, data.topic, now)
    except Conflict:
        return redirect(PATH, NOT_DEAD, Tone.INFO)
    return redirect(PATH, N_("All these events are being tried again."))


HANDLERS = (show_outbox, retry_event, retry_topic)
