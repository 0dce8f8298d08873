"""For programs: a family or a firm's group, moved as one."""

from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.params import JSONBody, PathParameter

from services import appointments
from services.appointments import (
    AppointmentSettled,
    GroupUnknown,
    MoveParty,
    SameSlot,
    SomebodyBooked,
    TooLateToChange,
    VisitDoesNotFit,
)
from services.kernel.errors import NotFound
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.appointments.answers import PartyAnswer, RescheduleRequest, appointment_answer
from web.appointments.api import REFUSALS
from web.appointments.turns import taking_turns
from web.common.guards import CurrentActor, Now, real_name
from web.common.idempotency import idempotent
from web.common.rendering import AnyRequest

PartyId = Annotated[UUID, PathParameter(description=N_("The party_id of its appointments."))]


@post(
    "/parties/{party_id:uuid}/reschedule",
    guards=[real_name],
    security=SIGNED_IN,
    status_code=200,
    tags=["appointments"],
    summary=N_("Move everybody who comes together"),
    operation_id="reschedule_party",
    responses=problems(
        *REFUSALS,
        GroupUnknown,
        NotFound,
        AppointmentSettled,
        TooLateToChange,
        SameSlot,
        SomebodyBooked,
        VisitDoesNotFit,
        limited=True,
        repeatable=True,
    ),
)
@taking_turns
@idempotent
async def reschedule(
    request: AnyRequest,
    data: JSONBody[RescheduleRequest],
    actor: CurrentActor,
    now: Now,
    *,
    party_id: PartyId,
) -> PartyAnswer:
    """All of them, or nobody. The old times stand until the new ones are sure.

    For who has arranged it. Whoever has been cancelled or is here already stays as they are.
    """
    del request
    command = MoveParty(party_id=party_id, slot_id=data.slot_id)
    moved = await appointments.move_party(actor, command, now)
    return PartyAnswer(id=party_id, appointments=[appointment_answer(one) for one in moved])


HANDLERS = (reschedule,)
