"""What the reference of an appointment shows of whoever knows it, for joining a person's record."""

from uuid import UUID

from services.identity import Maker, Vouch
from services.kernel import database
from services.kernel.ids import normalise_reference

# A family passes on the reference of what it booked. At a counter or by telephone anybody can have
# something booked for a number off a stolen list and is told its reference; not so of the
# appointment for which the record was made.
_FROM_ITS_MAKER = """
    SELECT EXISTS (
        SELECT FROM appointment a LEFT JOIN party ON party.id = a.party_id
         WHERE a.reference = $1 AND a.person_id = $2
           AND CASE WHEN $4 THEN a.channel IN ('telephone', 'desk')
                     AND a.booked_at BETWEEN $5 AND $5 + interval '1 day'
                     AND NOT EXISTS (SELECT FROM appointment earlier
                                      WHERE earlier.person_id = $2 AND earlier.id < a.id)
                    ELSE party.organiser_id = $3 END)
"""


def vouched_by(reference: str) -> Vouch:
    """Whether an appointment's reference, as it was typed, comes from a record's maker.

    It does if a citizen who made the record has arranged that very appointment for its person; of
    those made at a counter or by telephone, only the first one, booked the day the record was made.
    """
    kept = normalise_reference(reference)

    async def vouches(person_id: UUID, maker: Maker) -> bool:
        if kept is None:
            return False
        return bool(
            await database.fetchval(
                _FROM_ITS_MAKER, kept, person_id, maker.id, maker.by_staff, maker.at
            )
        )

    return vouches
