"""Whom of one's companions one has booked for already, where a visit is refused for it."""

from msgspec import Struct

from services import appointments, identity
from services.appointments import SomebodyBooked
from services.kernel.actor import Actor
from services.kernel.errors import DomainError


class Taken(Struct, frozen=True, kw_only=True):
    """Whose appointment stands in the way, and its reference."""

    name: str
    reference: str


async def taken_by(actor: Actor, error: DomainError) -> Taken | None:
    """Who is in the way, if the citizen has arranged it and the refusal names it to them."""
    reference = error.data.get("reference")
    if not isinstance(error, SomebodyBooked) or reference is None:
        return None
    found = await appointments.own(actor, str(reference))
    names = await identity.typed_names({found.person_id})
    return Taken(name=names.get(found.person_id, ""), reference=found.reference)
