"""An account joins the person whom a firm registered with its phone: from then on they are one."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity.errors import RegisteredByOther
from services.identity.states import IdType
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.unit_of_work import UnitOfWork, current, unit_of_work

# All that an account without a name can own; nothing of another area does.
_OWNED = (
    "UPDATE sign_in_session SET person_id = $2 WHERE person_id = $1",
    "UPDATE api_token SET person_id = $2 WHERE person_id = $1",
    "UPDATE sign_in_code SET person_id = $2 WHERE person_id = $1",
    "UPDATE idempotent_answer SET holder_id = $2 WHERE holder_id = $1",
)
# The lock makes this hold to the end: whoever comes second finds that there is a phone.
_UNCLAIMED = """
    SELECT id, name FROM person
     WHERE id_type = $1 AND id_number_index = $2
       AND phone_index IS NULL AND given_phone_index = $3
       FOR UPDATE
"""


class Document(Struct, frozen=True, kw_only=True):
    """Name and document as somebody who is signed in typed them; the number as its blind index."""

    name: str
    id_type: IdType
    index: bytes


async def join_registered(actor: Actor, document: Document, now: datetime) -> UUID | None:
    """Give the actor's nameless account, with its phone, to the person with this document.

    Only to one whom a firm registered with this very phone, who has the same name and no phone of
    their own; None if there is no such person. Sessions and tokens go along, the account is gone.
    In the current unit of work; locks the account, then the person.

    Raises RegisteredByOther when something of another area depends on the account.
    """
    account = await current().fetchrow(
        "SELECT id, phone, phone_index, email, language FROM person WHERE id = $1 FOR UPDATE",
        actor.person_id(),
    )
    if account is None or account["phone_index"] is None:
        return None
    person = await current().fetchrow(
        _UNCLAIMED, document.id_type, document.index, account["phone_index"]
    )
    if person is None:
        return None
    if keyring().unseal(person["name"], "person", "name", person["id"]) != document.name:
        return None
    joined: UUID = person["id"]
    try:
        async with unit_of_work() as uow:
            await _hand_over(uow, account, joined)
    except asyncpg.ForeignKeyViolationError as error:
        raise RegisteredByOther from error
    await audit.record(
        actor,
        "identity.account_joined",
        subject="person",
        subject_id=joined,
        data={"account_id": str(account["id"])},
        now=now,
    )
    return joined


async def _hand_over(uow: UnitOfWork, account: asyncpg.Record, joined: UUID) -> None:
    def sealed_anew(column: str) -> bytes | None:
        if account[column] is None:
            return None
        kept = keyring().unseal(account[column], "person", column, account["id"])
        return keyring().seal(kept, "person", column, joined)

    for statement in _OWNED:
        await uow.execute(statement, account["id"], joined)
    await uow.execute("DELETE FROM person WHERE id = $1", account["id"])
    await uow.execute(
        """
        UPDATE person
           SET phone = $2, phone_index = $3, given_phone_index = NULL,
               email = coalesce($4, email), language = $5
         WHERE id = $1
        """,
        joined,
        sealed_anew("phone"),
        account["phone_index"],
        sealed_anew("email"),
        account["language"],
    )
