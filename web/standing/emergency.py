"""/admin/emergency: the setting that suspends every penalty, everywhere or at one hall."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import appointments, catalog
from services.appointments import DeclareEmergency, EmergencyOver
from services.identity import Role
from services.kernel.clock import SHANGHAI
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest
from web.common.staff_places import ADMINISTRATION

ADDRESS = "/admin/emergency"
DECLARED = N_("The emergency is declared. The booking pages say so from its beginning on.")
ENDED = N_("The emergency is over. Penalties hold again.")
WRONG_TIME = N_("Please give a date and a time, or leave it empty.")

LocalTime = Annotated[str, Meta(max_length=30)]


class EmergencyForm(Struct):
    """What is declared; the times as a browser writes them, by the halls' clock."""

    office: Annotated[str, Meta(max_length=60)] = ""
    starts_at: LocalTime = ""
    ends_at: LocalTime = ""
    reason_zh: str = ""
    reason_en: str = ""


async def _context() -> dict[str, object]:
    return {
        "found": await appointments.emergencies(),
        "offices": {one.code: one for one in await catalog.offices()},
    }


@get(ADDRESS, guards=[staff(*ADMINISTRATION.roles)])
async def show_emergencies(actor: CurrentActor) -> Response[bytes]:
    """What is in force, what was, and the form to declare one."""
    return fresh(
        "standing/emergency.html",
        typed=EmergencyForm(),
        may_declare=actor.has_role(Role.ADMINISTRATOR),
        **await _context(),
    )


@post(ADDRESS, guards=[staff(Role.ADMINISTRATOR, sensitive=True)], status_code=303)
async def declare(
    request: AnyRequest, data: URLEncodedBody[EmergencyForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Declare one, from now or from later on."""
    try:
        command = DeclareEmergency(
            reason_zh=data.reason_zh,
            reason_en=data.reason_en,
            office_code=data.office or None,
            starts_at=_moment("starts_at", data.starts_at),
            ends_at=_moment("ends_at", data.ends_at),
        )
        await appointments.declare_emergency(actor, command, now)
    except DomainError as error:
        return refused(
            request,
            "standing/emergency.html",
            error,
            typed=data,
            may_declare=True,
            **await _context(),
        )
    return flash.redirect(ADDRESS, DECLARED)


@post(
    "/admin/emergency/{emergency_id:uuid}/end",
    guards=[staff(Role.ADMINISTRATOR, sensitive=True)],
    status_code=303,
)
async def end(emergency_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """End one at once, or call it off."""
    try:
        await appointments.end_emergency(actor, emergency_id, now)
    except EmergencyOver as error:
        return flash.redirect(ADDRESS, error.message, flash.Tone.INFO)
    return flash.redirect(ADDRESS, ENDED)


def _moment(field: str, typed: str) -> datetime | None:
    """The moment of a local date and time; None for an empty field. Raises InvalidInput."""
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise InvalidInput(FieldError(field, "time_malformed", WRONG_TIME)) from error


HANDLERS = (show_emergencies, declare, end)
