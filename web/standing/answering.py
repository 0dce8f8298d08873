"""/staff/appeals: supervisors and administrators answer appeals against pauses of booking."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import appointments, catalog, identity
from services.appointments import AnswerAppeal, AppealAnswered
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest
from web.common.staff_places import APPEALS

GRANTED = N_("Granted. The person can book again at once and is told so.")
DECLINED = N_("Declined. The person is told so and can read the reason.")
CHOOSE = N_("Please choose whether to grant or to decline.")


class AnswerForm(Struct):
    """Granted or declined, and why."""

    verdict: Annotated[str, Meta(max_length=20)] = ""
    reason: str = ""


@get(APPEALS.address, guards=[staff(*APPEALS.roles)])
async def list_appeals(actor: CurrentActor) -> Response[bytes]:
    """What waits for an answer, the oldest first."""
    found = await appointments.open_appeals(actor)
    return fresh(
        "standing/appeals.html",
        found=found,
        names=await identity.display_names(one.person_id for one in found),
        offices={one.code: one for one in await catalog.offices()},
    )


@get("/staff/appeals/{appeal_id:uuid}", guards=[staff(*APPEALS.roles)])
async def show_appeal(appeal_id: FromPath[UUID], actor: CurrentActor) -> Response[bytes]:
    """One appeal with what led to the pause."""
    context = await _context(actor, appeal_id)
    return fresh("standing/appeal.html", typed=AnswerForm(), **context)


async def _context(actor: Actor, appeal_id: UUID) -> dict[str, object]:
    found = await appointments.appeal(actor, appeal_id)
    led_to_it = await appointments.led_to(found.penalty_id)
    return {
        "found": found,
        "led_to_it": led_to_it,
        "titles": {one.item_code: (await catalog.item(one.item_code)).title for one in led_to_it},
        "offices": {one.code: one for one in await catalog.offices()},
        "person": await identity.person(found.person_id),
    }


@post("/staff/appeals/{appeal_id:uuid}", guards=[staff(*APPEALS.roles)], status_code=303)
async def answer(
    request: AnyRequest,
    appeal_id: FromPath[UUID],
    data: URLEncodedBody[AnswerForm],
    actor: CurrentActor,
    now: Now,
) -> Response[bytes] | Redirect:
    """Grant or decline; somebody else's answer stands if they were faster."""
    granted = data.verdict == "granted"
    try:
        if data.verdict not in {"granted", "declined"}:
            raise InvalidInput(FieldError("verdict", "missing", CHOOSE))
        command = AnswerAppeal(appeal_id=appeal_id, granted=granted, reason=data.reason)
        await appointments.answer_appeal(actor, command, now)
    except AppealAnswered as error:
        return flash.redirect(f"{APPEALS.address}/{appeal_id}", error.message, flash.Tone.WARNING)
    except DomainError as error:
        context = await _context(actor, appeal_id)
        return refused(request, "standing/appeal.html", error, typed=data, **context)
    return flash.redirect(APPEALS.address, GRANTED if granted else DECLINED)


HANDLERS = (list_appeals, show_appeal, answer)
