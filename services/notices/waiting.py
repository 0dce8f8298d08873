"""What the messages of the waiting list say, to whom, and whether they are still worth sending."""

from datetime import datetime, timedelta
from uuid import UUID

from services import appointments, catalog
from services.appointments import OfferedSeat, WaitlistEntry, WaitlistStatus
from services.kernel import database
from services.kernel.leases import Event
from services.notices.drafts import Draft
from services.notices.facts import OfferFacts, WaitFacts
from services.notices.rules import why_drop_offer
from services.notices.states import Channel, Kind, NoticeStatus, Reason

KINDS = frozenset({Kind.WAITLIST_OFFERED, Kind.WAITLIST_WITHDRAWN, Kind.WAITLIST_OVER})
# What is said depends on a message that is on its way: ask again when it has arrived.
LATER = timedelta(seconds=30)


async def withdrawn(event: Event) -> list[Draft]:
    """By the channels by which the person was told of the offer, or is being told."""
    entry = await appointments.waitlist_entry(UUID(event.payload["entry_id"]))
    rows = await database.fetch(
        """
        SELECT channel FROM notice
         WHERE recipient_id = $1 AND kind = $2 AND subject_id = $3 AND created_at >= $4
           AND status IN ('sent', 'pending')
        """,
        entry.person_id,
        Kind.WAITLIST_OFFERED,
        entry.id,
        datetime.fromisoformat(event.payload["offered_at"]),
    )
    return [
        Draft(
            kind=Kind.WAITLIST_WITHDRAWN,
            recipient_id=entry.person_id,
            channel=Channel(row["channel"]),
            subject_id=entry.id,
        )
        for row in rows
    ]


async def waiting_facts(
    kind: Kind, entry_id: UUID, channel: Channel, now: datetime
) -> OfferFacts | WaitFacts | Reason | timedelta:
    """The facts, or why the message is better not sent, or after how long to ask again."""
    entry = await appointments.waitlist_entry(entry_id)
    if kind is Kind.WAITLIST_OVER:
        return await _over(entry)
    if kind is Kind.WAITLIST_WITHDRAWN:
        return await _withdrawn(entry, channel)
    reason = why_drop_offer(entry, now)
    if reason is not None or entry.offer is None:
        return reason or Reason.OVERTAKEN
    return await _about_seat(entry, entry.offer)


async def _over(entry: WaitlistEntry) -> WaitFacts:
    return WaitFacts(
        entry=entry,
        item=await catalog.item(entry.item_code),
        offices=tuple([await catalog.office(code) for code in entry.office_codes]),
    )


async def _withdrawn(entry: WaitlistEntry, channel: Channel) -> OfferFacts | Reason | timedelta:
    told = await database.fetchval(
        """
        SELECT status FROM notice
         WHERE recipient_id = $1 AND kind = $2 AND subject_id = $3 AND channel = $4
         ORDER BY id DESC LIMIT 1
        """,
        entry.person_id,
        Kind.WAITLIST_OFFERED,
        entry.id,
        channel,
    )
    if told == NoticeStatus.PENDING:
        return LATER
    seat = await appointments.withdrawn_offer(entry)
    # Whoever was not told, or has another place by now, has lost nothing that they know of.
    if told != NoticeStatus.SENT or entry.status is not WaitlistStatus.WAITING or seat is None:
        return Reason.OVERTAKEN
    return await _about_seat(entry, seat)


async def _about_seat(entry: WaitlistEntry, seat: OfferedSeat) -> OfferFacts:
    return OfferFacts(
        entry=entry,
        offer=seat,
        item=await catalog.item(entry.item_code),
        office=await catalog.office(seat.office_code),
    )
