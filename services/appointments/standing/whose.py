"""Whom something counts against: a person, and whoever has the same document or phone."""

from uuid import UUID

from msgspec import Struct

from services import identity
from services.kernel.unit_of_work import UnitOfWork

# Any constant that nothing else uses beside a second number.
_LOCK = 0x73747269

# Whose they are, by any of three: $1 person, $2 document, $3 phone.
THEIRS = "(person_id = $1 OR document_key = $2 OR phone_key = $3)"
# A penalty that runs at $4.
RUNNING = "lifted_at IS NULL AND blocked_until > $4"


class Whose(Struct, frozen=True, kw_only=True):
    """A person, and by what they would be known again."""

    person_id: UUID
    document_key: bytes | None
    phone_key: bytes | None

    @property
    def three(self) -> tuple[UUID, bytes | None, bytes | None]:
        """The arguments of THEIRS."""
        return self.person_id, self.document_key, self.phone_key


async def whose(person_id: UUID) -> Whose:
    """The person with the keys of the document and phone that they have now."""
    keys = (await identity.blind_keys([person_id]))[person_id]
    return Whose(person_id=person_id, document_key=keys.document, phone_key=keys.phone)


async def lock(uow: UnitOfWork, who: Whose) -> None:
    """Wait until nobody else counts against the same person, document or phone."""
    keys = (who.person_id.bytes, who.document_key, who.phone_key)
    numbers = {int.from_bytes(key[-4:], signed=True) for key in keys if key}
    # In one order, or two people who share a phone could wait for each other.
    for number in sorted(numbers):
        await uow.execute("SELECT pg_advisory_xact_lock($1, $2)", _LOCK, number)
