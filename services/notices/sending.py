"""The life of one notice: fetched when due, and what became of it.

Nothing here holds a connection while a provider works: `prepare` reads, the worker renders and
sends, and one short transaction records the outcome together with the end of the event.
"""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services import appointments, identity
from services.kernel import database, leases
from services.kernel.leases import Event
from services.kernel.outbox import EventStatus
from services.kernel.unit_of_work import unit_of_work
from services.notices import joinings, standing, visits, waiting
from services.notices.facts import (
    AppointmentFacts,
    CodeFacts,
    Dispatch,
    NameFacts,
    OfferFacts,
    StandingFacts,
    VisitFacts,
    WaitFacts,
    address_of,
    appointment_facts,
    with_other_halls,
)
from services.notices.rules import why_drop
from services.notices.states import Channel, Kind, NoticeStatus, Reason


async def prepare(event: Event, now: datetime) -> Dispatch | None:
    """What a due notice says, and to whom; None when it is settled with that.

    It is settled without being sent when it was sent before, when it has become pointless, or when
    its recipient has no address for this channel any more.
    """
    notice_id = UUID(event.payload["notice_id"])
    row = await database.fetchrow(
        "SELECT id, kind, recipient_id, channel, subject_id, created_at FROM notice"
        " WHERE id = $1 AND status = ANY($2)",
        notice_id,
        list(NoticeStatus.sendable()),
    )
    if row is None:
        await leases.complete(event, now)
        return None
    if row["kind"] == Kind.SIGN_IN_CODE:
        return await _prepare_code(event, row, now)
    if row["kind"] in waiting.KINDS:
        return await _prepare_waiting(event, row, now)
    if row["kind"] in standing.KINDS | visits.KINDS | joinings.KINDS:
        return await _prepare_if_it_holds(event, row, now)
    return await _prepare_appointment(event, row, now)


async def _prepare_code(event: Event, row: asyncpg.Record, now: datetime) -> Dispatch | None:
    message = await identity.sign_in_message(row["subject_id"])
    if message is None or message.expires_at <= now:
        reason = Reason.TOO_LATE if message else Reason.OVERTAKEN
        await _drop(event, reason, now)
        return None
    return Dispatch(
        notice_id=row["id"],
        kind=Kind.SIGN_IN_CODE,
        channel=Channel(row["channel"]),
        to=message.phone,
        language=message.language,
        created_at=row["created_at"],
        facts=CodeFacts(code=message.code, expires_at=message.expires_at),
    )


async def _prepare_appointment(event: Event, row: asyncpg.Record, now: datetime) -> Dispatch | None:
    appointment = await appointments.appointment(row["subject_id"])
    reason = why_drop(Kind(row["kind"]), appointment, event.attempts, now)
    if reason is not None:
        await _drop(event, reason, now)
        return None
    facts = await appointment_facts(appointment, row["recipient_id"])
    if row["kind"] == Kind.APPOINTMENT_CANCELLED_BY_HALL:
        facts = await with_other_halls(facts, row["recipient_id"], now)
    return await _addressed(event, row, facts, now)


async def _prepare_waiting(event: Event, row: asyncpg.Record, now: datetime) -> Dispatch | None:
    kind, channel = Kind(row["kind"]), Channel(row["channel"])
    found = await waiting.waiting_facts(kind, row["subject_id"], channel, now)
    if isinstance(found, timedelta):
        await leases.postpone(event, now + found)
        return None
    if isinstance(found, Reason):
        await _drop(event, found, now)
        return None
    return await _addressed(event, row, found, now)


async def _prepare_if_it_holds(event: Event, row: asyncpg.Record, now: datetime) -> Dispatch | None:
    kind = Kind(row["kind"])
    found: StandingFacts | VisitFacts | NameFacts | Reason
    if kind in joinings.KINDS:
        found = await joinings.name_facts(kind, row["subject_id"])
    elif kind in standing.KINDS:
        found = await standing.standing_facts(kind, row["subject_id"], now)
    else:
        found = await visits.visit_facts(kind, row["subject_id"], now)
    if isinstance(found, Reason):
        await _drop(event, found, now)
        return None
    return await _addressed(event, row, found, now)


async def _addressed(
    event: Event,
    row: asyncpg.Record,
    facts: AppointmentFacts | OfferFacts | WaitFacts | StandingFacts | VisitFacts | NameFacts,
    now: datetime,
) -> Dispatch | None:
    """The notice with its recipient's address; without one it has failed."""
    channel = Channel(row["channel"])
    to, language = await address_of(row["recipient_id"], channel)
    if to is None and channel is Channel.SMS and isinstance(facts, AppointmentFacts):
        to = await appointments.told_phone(facts.appointment.id)
    if to is None:
        await record_failure(event, Reason.NO_ADDRESS, Reason.NO_ADDRESS, now, for_good=True)
        return None
    return Dispatch(
        notice_id=row["id"],
        kind=Kind(row["kind"]),
        channel=channel,
        to=to,
        language=language,
        created_at=row["created_at"],
        facts=facts,
    )


async def record_sent(event: Event, now: datetime) -> None:
    """The provider has taken the notice. Raises LeaseLost when another worker took it over.

    Locks the event, then the notice, as every outcome does.
    """
    async with unit_of_work():
        await leases.complete(event, now)
        await _settle(event, NoticeStatus.SENT, None, now)


async def record_failure(
    event: Event, error: str, reason: Reason, now: datetime, *, for_good: bool
) -> None:
    """A try has failed. With the event's death the notice has failed, for `reason`.

    `error` is a code for the administrator, never what a provider said: that quotes addresses.
    """
    async with unit_of_work():
        if await leases.fail(event, error, now, for_good=for_good) is EventStatus.DEAD:
            await _settle(event, NoticeStatus.FAILED, reason, now)


async def _drop(event: Event, reason: Reason, now: datetime) -> None:
    async with unit_of_work():
        await leases.complete(event, now)
        await _settle(event, NoticeStatus.DROPPED, reason, now)


async def _settle(event: Event, status: NoticeStatus, reason: Reason | None, now: datetime) -> None:
    async with unit_of_work() as uow:
        await uow.execute(
            "UPDATE notice SET status = $2, reason = $3, settled_at = $4"
            " WHERE id = $1 AND status = ANY($5)",
            UUID(event.payload["notice_id"]),
            status,
            reason,
            now,
            list(NoticeStatus.sendable()),
        )
