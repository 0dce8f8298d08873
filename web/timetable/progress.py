"""/admin/closures: how far the hall is with those whom a change displaced."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog
from services.appointments import ClosureStatus, ClosureUnknown
from services.kernel.i18n import N_
from web.common import flash
from web.common.guards import CurrentActor, Now
from web.common.rendering import AnyRequest, page, partial, wants_partial
from web.timetable import words
from web.timetable.whose import CLOSERS, CLOSERS_HERE, CLOSURES, own_halls, to_own_hall

TRYING = N_("It is being tried again. Here is how it stands.")


class AgainForm(Struct):
    """The case that is stuck."""

    case: str = ""


@get(CLOSURES, guards=[CLOSERS])
async def lead_on(actor: CurrentActor) -> Redirect:
    """Lead on to one's own hall."""
    return await to_own_hall(actor, CLOSURES)


@get(f"{CLOSURES}/{{office:str}}", guards=[CLOSERS_HERE])
async def show_closures(
    request: AnyRequest,
    actor: CurrentActor,
    office: FromPath[str],
    closure: FromQuery[UUID | None] = None,
) -> Response[Any]:
    """The hall's closures; one of them with every appointment. htmx asks again for that one."""
    if closure is not None and wants_partial(request):
        return partial("timetable/closure.html", **await _one(actor, closure))
    every = await appointments.closures_at(actor, office)
    chosen = closure or (every[0].id if every else None)
    return page(
        "timetable/closures.html",
        office=await catalog.office(office),
        halls=await own_halls(actor),
        every=every,
        **(await _one(actor, chosen) if chosen else {"found": None, "cases": [], "words": words}),
    )


async def _one(actor: CurrentActor, closure_id: UUID) -> dict[str, Any]:
    found = await appointments.closure(actor, closure_id)
    return {
        "found": found,
        "running": found.status is ClosureStatus.RUNNING,
        "next_try": await appointments.next_try(actor, closure_id),
        "cases": await appointments.cases(actor, closure_id),
        "words": words,
    }


@post(f"{CLOSURES}/{{office:str}}/try-again", guards=[CLOSERS_HERE], status_code=303)
async def try_again(
    data: URLEncodedBody[AgainForm], actor: CurrentActor, now: Now, office: FromPath[str]
) -> Response[Any]:
    """Let the worker take a stuck appointment up once more."""
    try:
        case_id = UUID(data.case)
    except ValueError:
        raise ClosureUnknown from None
    closure_id = await appointments.try_again(actor, case_id, now)
    return flash.redirect(f"{CLOSURES}/{office}?closure={closure_id}", TRYING)


HANDLERS = (lead_on, show_closures, try_again)
