"""What an act at the workbench is answered with: the present state of the window.

A refusal is no error page: it stands beside the state that caused it, with its status.
"""

from datetime import datetime

from litestar.response import Redirect

from services.catalog import Window
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.queue import Ticket
from web.common.flash import Tone, redirect
from web.common.rendering import AnyRequest, Page, page, partial, wants_partial
from web.queue import workbench
from web.queue.visitor import RatingCode


async def done(
    request: AnyRequest,
    actor: Actor,
    window: Window,
    now: datetime,
    *,
    note: str | None = None,
    given: Ticket | None = None,
    rating: RatingCode | None = None,
) -> Page | Redirect:
    """The present state, with the slip of a number just `given`, a `note` (a msgid) or a code.

    `rating` is what whoever was just served rates by.
    """
    address = workbench.address(window)
    if not wants_partial(request):
        query = f"?given={given.id}" if given else ""
        return redirect(address + query, note, Tone.INFO)
    view = await workbench.view(actor, window, now)
    return partial(
        "desk/answer.html",
        view=view,
        slip=workbench.slip_of(given) if given else None,
        rating=rating,
        note=note,
        problem=None,
    )


async def refused(
    request: AnyRequest,
    actor: Actor,
    window: Window,
    now: datetime,
    refusal: DomainError,
    *,
    typed: str = "",
) -> Page:
    """The present state beside why the act was refused; what was `typed` stays."""
    view = await workbench.view(actor, window, now)
    problem = workbench.sentence(request, refusal)
    if wants_partial(request):
        return partial(
            "desk/answer.html",
            status_code=refusal.status,
            view=view,
            slip=None,
            rating=None,
            note=None,
            problem=problem,
        )
    return page(
        "desk/workbench.html",
        status_code=refusal.status,
        view=view,
        slip=None,
        rating=None,
        note=None,
        problem=problem,
        typed=typed,
    )
