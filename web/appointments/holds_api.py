"""For programs: holding a place while details are filled in."""

from typing import Annotated
from uuid import UUID

from litestar import delete, post
from litestar.params import JSONBody, PathParameter

from services import appointments
from services.appointments import (
    HeldElsewhere,
    Hold,
    HoldExpired,
    HoldLongEnough,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    HoldVisit,
    ItemsOfOtherLines,
    SomebodyBooked,
    TooManyItems,
    VisitDoesNotFit,
)
from services.identity import CompanionUnknown
from services.kernel.errors import NotFound
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.appointments.answers import HoldAnswer, HoldRequest, hold_answer
from web.appointments.api import REFUSALS
from web.appointments.turns import taking_turns
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.idempotency import idempotent
from web.common.rendering import AnyRequest

HoldId = Annotated[UUID, PathParameter(description=N_("The id that holding answered with."))]


@post(
    "/holds",
    guards=[real_name],
    security=SIGNED_IN,
    tags=["slots"],
    summary=N_("Hold a place"),
    operation_id="hold_seat",
    responses=problems(
        *REFUSALS,
        HeldElsewhere,
        CompanionUnknown,
        ItemsOfOtherLines,
        SomebodyBooked,
        TooManyItems,
        VisitDoesNotFit,
        limited=True,
        repeatable=True,
    ),
)
@taking_turns
@idempotent
async def hold(
    request: AnyRequest, data: JSONBody[HoldRequest], actor: CurrentActor, now: Now
) -> HoldAnswer:
    """Keeps a place while details are filled in. One at a time for each item.

    With companions or further items, the places of the whole visit, to be booked with the same.
    """
    del request
    if data.is_simple:
        held = await appointments.hold(actor, Hold(slot_id=data.slot_id, item_code=data.item), now)
        return hold_answer(held)
    visit = HoldVisit(
        slot_id=data.slot_id,
        item_code=data.item,
        further_items=tuple(data.further_items),
        people=tuple(data.people),
        myself=data.myself,
    )
    return hold_answer(await appointments.hold_visit(actor, visit, now))


@delete(
    "/holds/{hold_id:uuid}",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["slots"],
    summary=N_("Give a held place back"),
    operation_id="release_hold",
    responses=problems(HoldUnknown, NotFound),
)
async def release(hold_id: HoldId, actor: CurrentActor, now: Now) -> None:
    """Does nothing when the hold has ended already."""
    await appointments.release_hold(actor, hold_id, now)


@post(
    "/holds/{hold_id:uuid}/extend",
    guards=[citizen],
    security=SIGNED_IN,
    status_code=200,
    tags=["slots"],
    summary=N_("Hold a place for longer"),
    operation_id="extend_hold",
    responses=problems(
        HoldUnknown,
        NotFound,
        HoldExpired,
        HoldReleased,
        HoldUsed,
        HoldLongEnough,
        repeatable=True,
    ),
)
@idempotent
async def extend(request: AnyRequest, hold_id: HoldId, actor: CurrentActor, now: Now) -> HoldAnswer:
    """As often as the hall's rule allows; `extensions_left` says how often that is."""
    del request
    return hold_answer(await appointments.extend_hold(actor, hold_id, now))


HANDLERS = (hold, release, extend)
