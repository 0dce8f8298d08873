"""What the messages about the booking rules say, and whether they are still worth sending."""

from datetime import datetime
from uuid import UUID

from services import appointments, catalog
from services.notices.facts import StandingFacts
from services.notices.states import Kind, Reason

KINDS = frozenset({Kind.NO_SHOW_WARNING, Kind.BOOKING_PAUSED, Kind.APPEAL_ANSWERED})


async def standing_facts(kind: Kind, subject_id: UUID, now: datetime) -> StandingFacts | Reason:
    """The facts, or why the message is better not sent any more."""
    if kind is Kind.NO_SHOW_WARNING:
        return await _about_no_show(subject_id)
    if kind is Kind.BOOKING_PAUSED:
        penalty = await appointments.penalty_by_id(subject_id)
        if penalty.lifted_at is not None:
            return Reason.OVERTAKEN
        if penalty.blocked_until <= now:
            return Reason.TOO_LATE
        return StandingFacts(office=await catalog.office(penalty.office_code), penalty=penalty)
    appeal = await appointments.appeal_by_id(subject_id)
    return StandingFacts(office=await catalog.office(appeal.office_code), appeal=appeal)


async def _about_no_show(appointment_id: UUID) -> StandingFacts | Reason:
    missed = await appointments.appointment(appointment_id)
    # Whoever came back into line on the same day has not missed it after all.
    if missed.status is not appointments.AppointmentStatus.NO_SHOW:
        return Reason.OVERTAKEN
    return StandingFacts(
        office=await catalog.office(missed.office_code),
        appointment=missed,
        item=await catalog.item(missed.item_code),
        rule=await appointments.rule_for(missed.office_code, missed.line),
    )
