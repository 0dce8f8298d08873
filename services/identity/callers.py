"""Making sure who is on the telephone before anything of theirs is changed."""

import hmac
import unicodedata
from datetime import datetime
from uuid import UUID

from services import audit
from services.identity import limits
from services.identity.errors import CallerRefused
from services.identity.states import Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import NotFound
from services.kernel.limits import charge
from services.kernel.unit_of_work import unit_of_work

DIGITS = 4


async def verify_caller(actor: Actor, person_id: UUID, digits: str, now: datetime) -> None:
    """Compare what a caller says with the last four digits of the phone on the account.

    Who has no phone on the account is asked for the last four characters of the document. That
    the caller was verified is kept in the audit; what was said is not.

    Raises:
        CallerRefused: It is something else.
        RateLimited: Asked too often about this person, or by this member of staff.
        NotFound: There is no such person.
        Forbidden: The actor is not staff who deal with people.
    """
    actor.require_role(Role.CLERK, Role.SUPERVISOR, Role.TELEPHONE_OPERATOR)
    await charge(
        (limits.CALLERS_BY_STAFF, str(actor.id)), (limits.CALLER_BY_PERSON, str(person_id))
    )
    row = await database.fetchrow("SELECT phone, id_number FROM person WHERE id = $1", person_id)
    if row is None:
        raise NotFound
    column = "phone" if row["phone"] is not None else "id_number"
    kept = keyring().unseal(row[column], "person", column, person_id)[-DIGITS:]
    said = unicodedata.normalize("NFKC", digits[:20]).strip().upper()
    if not hmac.compare_digest(kept.encode(), said.encode()):
        raise CallerRefused
    async with unit_of_work():
        await audit.record(
            actor, "identity.caller_verified", subject="person", subject_id=person_id, now=now
        )
