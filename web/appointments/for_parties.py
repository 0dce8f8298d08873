"""What staff may move for a caller: one appointment, or that of everybody who comes along."""

from uuid import UUID

from services import appointments
from services.appointments import Appointment, GroupUnknown, Party, PartyKind, Share, VisitShape
from services.identity import Role
from services.kernel.actor import Actor


async def party_behind(actor: Actor, person_id: UUID, one: Appointment | None) -> Party | None:
    """With whom the person comes, if they arranged it and others are still expected."""
    if one is None or one.party_id is None:
        return None
    try:
        found = await appointments.party_of(actor, person_id, one.party_id)
    except GroupUnknown:
        return None
    return found if len(found.booked) > 1 else None


def shape_of(moving: Appointment | None, party: Party | None) -> VisitShape | None:
    """What has to fit into the timetable; None for a new appointment."""
    if moving is None:
        return None
    people = len(party.booked) if party else 1
    return VisitShape(further_items=moving.further_items, people=people)


def share_for(actor: Actor, moving: Appointment | None = None, party: Party | None = None) -> Share:
    """Whose seats come first.

    When booking the hall's own for its clerks, the telephone's for operators; what is moved has
    the share that it had, and a firm's group that of the green channel.
    """
    if party and party.kind is PartyKind.FIRM:
        return Share.GREEN_CHANNEL
    if moving:
        return moving.share
    at_the_hall = actor.has_role(Role.CLERK, Role.SUPERVISOR)
    return Share.ON_SITE if at_the_hall else Share.TELEPHONE
