"""What somebody needs at the hall: kept sealed, shown to the clerks of the office alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from services import audit
from services.appointments.booking.admission import BOOKING_ROLES
from services.appointments.booking.errors import AppointmentSettled
from services.appointments.booking.queries import appointment, own
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.unit_of_work import unit_of_work

UNKNOWN_WISH = N_("Please choose from the list what you need.")
WHICH_LANGUAGE = N_("Please say which language the interpreter should speak.")
LANGUAGES = ("en", "ja", "ko", "ru", "sign")


class Need(StrEnum):
    """What the hall can prepare for."""

    WHEELCHAIR = "wheelchair"
    HEARING = "hearing"
    SIGHT = "sight"
    SEAT = "seat"
    ACCOMPANIED = "accompanied"
    INTERPRETER = "interpreter"


class Wishes(Struct, frozen=True, kw_only=True):
    """What somebody asked for; `language` is the interpreter's, one of LANGUAGES."""

    needs: tuple[Need, ...] = ()
    language: str = ""

    def __bool__(self) -> bool:
        return bool(self.needs)


def wishes_from(needs: Sequence[str], language: str = "") -> Wishes:
    """What was ticked; a language counts only with an interpreter.

    Raises InvalidInput for anything that is not on the list, and for a language that is missing.
    """
    if not set(needs) <= set(Need):
        raise InvalidInput(FieldError("wishes", "wish_unknown", UNKNOWN_WISH))
    chosen = tuple(need for need in Need if need in needs)
    if Need.INTERPRETER not in chosen:
        return Wishes(needs=chosen)
    if language not in LANGUAGES:
        raise InvalidInput(FieldError("language", "language_missing", WHICH_LANGUAGE))
    return Wishes(needs=chosen, language=language)


def seal_wishes(wishes: Wishes, appointment_id: UUID) -> bytes | None:
    """The column's value; NULL when there are none."""
    if not wishes:
        return None
    text = msgspec.json.encode(wishes).decode()
    return keyring().seal(text, "appointment", "wishes", appointment_id)


def open_wishes(sealed: bytes | None, appointment_id: UUID) -> Wishes:
    """What the column holds."""
    if sealed is None:
        return Wishes()
    text = keyring().unseal(sealed, "appointment", "wishes", appointment_id)
    return msgspec.json.decode(text, type=Wishes)


async def wishes_of(actor: Actor, reference: str) -> Wishes:
    """What was asked for, for who comes and who arranged it. Raises AppointmentUnknown."""
    found = await own(actor, reference)
    sealed = await database.fetchval("SELECT wishes FROM appointment WHERE id = $1", found.id)
    return open_wishes(sealed, found.id)


async def change_wishes(actor: Actor, reference: str, wishes: Wishes, now: datetime) -> None:
    """Ask for other help than before, until one has checked in. The audit does not say for what.

    Raises AppointmentUnknown for somebody else's, AppointmentSettled once it is too late.
    """
    found = await own(actor, reference)
    async with unit_of_work() as uow:
        changed = await uow.fetchval(
            "UPDATE appointment SET wishes = $2 WHERE id = $1 AND status = 'booked' RETURNING id",
            found.id,
            seal_wishes(wishes, found.id),
        )
        if changed is None:
            status = (await appointment(found.id)).status
            raise AppointmentSettled(status=status)
        await audit.record(
            actor,
            "appointment.wishes_changed",
            subject="appointment",
            subject_id=found.id,
            office_code=found.office_code,
            now=now,
        )


class Remarks(Struct, frozen=True, kw_only=True):
    """What the clerks of an office should know before somebody comes.

    `together` counts the people of the party who are still expected, 0 for who comes alone.
    """

    wishes: Wishes
    further_items: tuple[str, ...]
    party_id: UUID | None
    together: int


async def remarks(
    actor: Actor, office_code: str, appointment_ids: Sequence[UUID]
) -> Mapping[UUID, Remarks]:
    """The remarks on appointments at an office, by appointment; those without any are left out.

    For the working lists of that office's own staff. Raises Forbidden, NotSignedIn.
    """
    actor.require_role(*BOOKING_ROLES, office_code=office_code)
    if not appointment_ids:
        return {}
    rows = await database.fetch(
        """
        SELECT id, wishes, further_items, party_id,
               CASE WHEN party_id IS NULL THEN 0 ELSE
                    (SELECT count(*) FROM appointment other
                      WHERE other.party_id = appointment.party_id
                        AND other.office_code = appointment.office_code
                        AND other.day = appointment.day
                        AND other.status IN ('booked', 'checked_in')) END AS together
          FROM appointment
         WHERE id = ANY($1::uuid[]) AND office_code = $2
           AND (wishes IS NOT NULL OR party_id IS NOT NULL OR further_items <> '{}')
        """,
        list(appointment_ids),
        office_code,
    )
    return {
        row["id"]: Remarks(
            wishes=open_wishes(row["wishes"], row["id"]),
            further_items=tuple(row["further_items"]),
            party_id=row["party_id"],
            together=row["together"],
        )
        for row in rows
    }
