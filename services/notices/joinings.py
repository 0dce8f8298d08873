"""What a citizen is told when somebody joins the record that they made: who else could it be?"""

from uuid import UUID

from services import identity
from services.kernel.leases import Event
from services.notices.drafts import Draft
from services.notices.facts import JoinedFacts
from services.notices.states import Channel, Kind


async def record_joined(event: Event) -> list[Draft]:
    """By text message, to the phone with which they sign in."""
    maker_id = UUID(event.payload["maker_id"])
    if (await identity.contact(maker_id)).phone is None:
        return []
    return [
        Draft(
            kind=Kind.RECORD_JOINED,
            recipient_id=maker_id,
            channel=Channel.SMS,
            subject_id=UUID(event.payload["person_id"]),
        )
    ]


async def joined_facts(person_id: UUID) -> JoinedFacts:
    """Who has joined, masked as everywhere."""
    return JoinedFacts(name=(await identity.display_names([person_id]))[person_id])
