"""The people whom a citizen books for, and those who book for the citizen."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import identity
from services.identity import COMPANIONS, RealName
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from web.common import flash
from web.common.detours import local_path
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, real_name
from web.common.rendering import AnyRequest
from web.identity.id_types import id_type_choices

PEOPLE = "/my/people"
ADDED = N_("This person is on your list now.")
ASKED = N_("They have an account of their own and have been told. Book for them once they agree.")
AGREED = N_("They can book for you now. You can stop it at any time.")
REMOVED = N_("This person is no longer on your list. Appointments that are booked stay.")
REFUSED = N_("They can no longer book for you. What they have booked stays as it is.")
ALLOWED = N_("They can add you to their list again.")


class PersonForm(Struct):
    """Somebody as they were typed in, and where to go on."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""
    next: str = ""


async def _context(actor: Actor) -> dict[str, Any]:
    people = await identity.companions(actor)
    return {
        "people": people,
        "full": len(people) >= COMPANIONS,
        "bookers": await identity.bookers(actor),
        "id_types": id_type_choices(actor),
    }


@get(PEOPLE, guards=[real_name])
async def overview(actor: CurrentActor, *, where: FromQuery[str] = "") -> Response[bytes]:
    """Everybody on the list; `where` is the visit that is being booked meanwhile."""
    typed = PersonForm(next=local_path(where, ""))
    return fresh("identity/companions.html", typed=typed, **await _context(actor))


@post(PEOPLE, guards=[real_name], status_code=303)
async def add(
    request: AnyRequest, data: URLEncodedBody[PersonForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Add somebody, and go back to the visit."""
    command = RealName(name=data.name, id_type=data.id_type, id_number=data.id_number)
    try:
        person_id = await identity.add_companion(actor, command, now)
    except DomainError as error:
        return refused(
            request, "identity/companions.html", error, typed=data, **await _context(actor)
        )
    listed = await identity.companions(actor)
    waits = any(one.waits for one in listed if one.person_id == person_id)
    return flash.redirect(local_path(data.next, PEOPLE), ASKED if waits else ADDED)


@post("/my/people/{person_id:uuid}/remove", guards=[real_name], status_code=303)
async def remove(person_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Take somebody off the list."""
    await identity.remove_companion(actor, person_id, now)
    return flash.redirect(PEOPLE, REMOVED)


@post("/my/people/bookers/{citizen_id:uuid}/agree", guards=[real_name], status_code=303)
async def agree(citizen_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let somebody who has asked book for oneself."""
    await identity.agree_to_booker(actor, citizen_id, now)
    return flash.redirect(PEOPLE, AGREED)


@post("/my/people/bookers/{citizen_id:uuid}/refuse", guards=[real_name], status_code=303)
async def refuse(citizen_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let somebody book for oneself no more."""
    await identity.refuse_booker(actor, citizen_id, now)
    return flash.redirect(PEOPLE, REFUSED)


@post("/my/people/bookers/{citizen_id:uuid}/allow", guards=[real_name], status_code=303)
async def allow(citizen_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let them add one to their list again."""
    await identity.allow_booker(actor, citizen_id, now)
    return flash.redirect(PEOPLE, ALLOWED)


HANDLERS = (overview, add, remove, agree, refuse, allow)
