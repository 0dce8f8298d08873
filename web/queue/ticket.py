"""The ticket on its holder's phone. Its address is known only to whom it was shown.

It names nobody: a number, a window, and how many wait before it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from services import catalog, queue, ratings
from services.kernel.clock import local_date
from services.kernel.i18n import N_
from services.kernel.limits import Limit
from services.kernel.translations import Language
from services.queue import TicketStatus
from web.common.flash import Tone, redirect
from web.common.guards import CurrentActor, Now, public
from web.common.rate_limits import limited
from web.common.rendering import Page, page, partial
from web.queue.outlooks import estimate_of
from web.queue.spoken import spoken_call
from web.queue.words import CHOSEN_REASONS

MINUTE = timedelta(minutes=1)
NUDGES = Limit("nudges", 10, 60)
NUDGE_KEPT = N_("We will send a text message when your turn is near.")


class TicketPage(Controller):
    """One ticket, live."""

    path = "/ticket/{ticket_id:uuid}"
    opt = public("the ticket's unguessable id stands on the slip that its holder was given")
    include_in_schema = False

    @get("/")
    async def ticket(self, ticket_id: FromPath[UUID], now: Now) -> Page:
        """The whole page."""
        return page("queue/ticket.html", view=await _view(ticket_id, now))

    @post("/nudge", guards=[limited(NUDGES)])
    async def ask_for_nudge(
        self, actor: CurrentActor, ticket_id: FromPath[UUID], now: Now
    ) -> Redirect:
        """A text message when few are ahead."""
        try:
            await queue.ask_for_nudge(actor, ticket_id, now)
        except (queue.AskedBefore, queue.NobodyToTell) as refusal:
            return redirect(f"/ticket/{ticket_id}", refusal.message, Tone.INFO)
        except queue.TicketMoved:
            return redirect(f"/ticket/{ticket_id}")
        return redirect(f"/ticket/{ticket_id}", NUDGE_KEPT)

    @get("/now")
    async def ticket_now(self, ticket_id: FromPath[UUID], now: Now) -> Page:
        """The part that changes, for htmx."""
        return partial("queue/ticket_now.html", view=await _view(ticket_id, now))


@get(
    "/queue-order",
    opt=public("the order of calling is a published rule"),
    include_in_schema=False,
    sync_to_thread=False,
)
def queue_order() -> Page:
    """The rule of who is called next, in plain words."""
    return page(
        "queue/order.html",
        opens=queue.CHECK_IN_OPENS // MINUTE,
        head_start={priority: lead // MINUTE for priority, lead in queue.HEAD_START.items()},
        lead=queue.LONGEST_LEAD // MINUTE,
        calls=queue.MOST_CALLS,
        chosen_reasons=CHOSEN_REASONS,
    )


class View(Struct, frozen=True, kw_only=True):
    """What the page shows; `ahead` while the ticket waits, `window` while it is at one.

    `nudge` is "possible" or "asked" while a message at `near` people ahead can be had.
    """

    ticket: queue.Ticket
    office: catalog.Office
    window: catalog.Window | None
    spoken: Mapping[Language, str]
    ahead: int | None
    wait: queue.Estimate | None
    nudge: str | None
    near: int
    rated: bool
    is_today: bool


async def _view(ticket_id: UUID, now: datetime) -> View:
    found = await queue.ticket(ticket_id)
    window = ahead = wait = nudge = None
    # Withdrawn windows are not found, but one that a ticket is at is in use.
    if found.window_id is not None and found.status in TicketStatus.at_window():
        window = await catalog.window(found.window_id)
    if found.status is TicketStatus.WAITING:
        ahead = await queue.people_ahead(found)
        wait = await estimate_of(found, now)
        if found.person_id is not None:
            nudge = "asked" if await queue.nudge_asked(found.id) else "possible"
    return View(
        ticket=found,
        office=await catalog.office(found.office_code),
        window=window,
        spoken=_spoken(found, window),
        ahead=ahead,
        wait=wait,
        nudge=nudge,
        near=queue.NEARLY_THERE,
        rated=await ratings.rating_of(found.id) is not None,
        is_today=found.day == local_date(now),
    )


def _spoken(found: queue.Ticket, window: catalog.Window | None) -> Mapping[Language, str]:
    if window is None:
        return {}
    return {language: spoken_call(found.number, window.number, language) for language in Language}


HANDLERS = (TicketPage, queue_order)
