"""What the booking pages say of the rules before somebody meets them."""

from datetime import datetime

from msgspec import Struct

from services import appointments
from services.appointments import Emergency, Penalty, PenaltyReason, Rule
from services.kernel.actor import Actor, ActorKind


class RulesShown(Struct, frozen=True, kw_only=True):
    """The rule that holds at a place, and the emergency that suspends its penalties."""

    rule: Rule
    emergency: Emergency | None


async def rules_at(office_code: str, line: str, now: datetime) -> RulesShown:
    """What holds for a line at an office."""
    return RulesShown(
        rule=await appointments.rule_for(office_code, line),
        emergency=await appointments.emergency_at(office_code, now),
    )


async def one_too_many(actor: Actor, item_code: str, shown: RulesShown, now: datetime) -> int:
    """How often an item was booked today, if booking it once more would pause booking; else 0."""
    if shown.emergency or actor.kind is not ActorKind.CITIZEN:
        return 0
    earlier = await appointments.booked_today(actor, item_code, now)
    due = appointments.is_due(PenaltyReason.BOOKINGS, earlier + 1, shown.rule)
    return earlier if due else 0


async def pause_of(actor: Actor, shown: RulesShown, now: datetime) -> Penalty | None:
    """What pauses booking at a place for whoever looks; None for those who are not signed in."""
    if shown.emergency or actor.kind is not ActorKind.CITIZEN:
        return None
    return await appointments.running_penalty(actor.person_id(), now)


async def pause_anywhere(actor: Actor, now: datetime) -> Penalty | None:
    """What pauses booking for a citizen, unless an emergency suspends it in the whole city."""
    if await appointments.emergency_at(None, now):
        return None
    return await appointments.running_penalty(actor.person_id(), now)
