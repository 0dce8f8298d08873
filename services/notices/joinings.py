"""What people are told of each other: who has joined a record, and who asks to book for them."""

from uuid import UUID

from services import identity
from services.kernel.leases import Event
from services.notices.drafts import Draft
from services.notices.facts import NameFacts
from services.notices.states import Channel, Kind, Reason

KINDS = frozenset({Kind.RECORD_JOINED, Kind.COMPANION_ASKED})


async def record_joined(event: Event) -> list[Draft]:
    """For who made the record: who else could know of it?"""
    maker_id = UUID(event.payload["maker_id"])
    return await _by_sms(Kind.RECORD_JOINED, maker_id, UUID(event.payload["person_id"]))


async def companion_asked(event: Event) -> list[Draft]:
    """For the person whose consent is asked for, while it still is."""
    companion_id = UUID(event.payload["companion_id"])
    asked = await identity.asking(companion_id)
    return await _by_sms(Kind.COMPANION_ASKED, asked.person_id, companion_id) if asked else []


async def _by_sms(kind: Kind, recipient_id: UUID, subject_id: UUID) -> list[Draft]:
    """To the phone with which they sign in."""
    if (await identity.contact(recipient_id)).phone is None:
        return []
    return [Draft(kind=kind, recipient_id=recipient_id, channel=Channel.SMS, subject_id=subject_id)]


async def name_facts(kind: Kind, subject_id: UUID) -> NameFacts | Reason:
    """Who has joined, or who asks, masked as everywhere; overtaken when nobody asks any more."""
    whose = subject_id
    if kind is Kind.COMPANION_ASKED:
        asked = await identity.asking(subject_id)
        if asked is None:
            return Reason.OVERTAKEN
        whose = asked.citizen_id
    return NameFacts(name=(await identity.display_names([whose]))[whose])
