"""Looking up an appointment without signing in: its reference and the end of its holder's phone."""

import hmac
import re
import unicodedata
from datetime import datetime

from services import audit
from services.appointments import limits
from services.appointments.booking.errors import TrackRefused
from services.appointments.booking.queries import by_reference
from services.appointments.views import Appointment
from services.appointments.visits.parties import reached_at
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import REFERENCE_LENGTH, bare_reference, normalise_reference
from services.kernel.limits import charge
from services.kernel.unit_of_work import unit_of_work

PHONE_TAIL = 4
TEN_CHARACTERS = N_("A reference number has ten letters and digits.")
FOUR_DIGITS = N_("Please enter the last four digits of the phone number.")


async def track(
    actor: Actor, reference: str, phone_tail: str, address: str, now: datetime
) -> Appointment:
    """An appointment for whoever knows its reference and the end of the phone that is told of it.

    `address` is the caller's network address, which is only counted. That it was looked at is
    kept in the audit. Raises TrackRefused, which does not say what was wrong, RateLimited, and
    InvalidInput before anything is looked up.
    """
    tail = _well_formed(reference, phone_tail)
    kept = normalise_reference(reference)
    by_address = (limits.TRACK_BY_ADDRESS, address)
    if kept is None:
        # Counted for the address alone: everybody who mistypes would share one counter.
        await charge(by_address)
        raise TrackRefused
    await charge(by_address, (limits.TRACK_BY_REFERENCE, kept))
    found = await by_reference(kept)
    phone = await reached_at(found) if found else None
    expected = phone[-PHONE_TAIL:] if phone else "----"
    matches = hmac.compare_digest(expected.encode(), tail.encode())
    if found is None or not matches:
        raise TrackRefused
    async with unit_of_work():
        await audit.record(
            actor,
            "appointment.tracked",
            subject="appointment",
            subject_id=found.id,
            office_code=found.office_code,
            now=now,
        )
    return found


def _well_formed(reference: str, phone_tail: str) -> str:
    """The digits, as phones have them. Raises InvalidInput naming what cannot be meant."""
    tail = unicodedata.normalize("NFKC", phone_tail).strip()
    wrong = []
    if len(bare_reference(reference)) != REFERENCE_LENGTH:
        wrong.append(FieldError("reference", "wrong_length", TEN_CHARACTERS))
    if not re.fullmatch(rf"[0-9]{{{PHONE_TAIL}}}", tail):
        wrong.append(FieldError("phone_tail", "wrong_length", FOUR_DIGITS))
    if wrong:
        raise InvalidInput(*wrong)
    return tail
