"""An account joins the record that somebody else made for its holder: from then on they are one.

What it takes to be given a record is said in docs/accounts.md: name and document, and besides them
something that only whoever made the record could have passed on.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity import limits
from services.identity.errors import IdNumberTaken
from services.identity.states import IdType
from services.kernel import outbox
from services.kernel.actor import Actor, ActorKind
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, current, unit_of_work

# Somebody has joined the record that a citizen made for them; that citizen is told.
RECORD_JOINED = "identity.record_joined"

# All that an account without a name can own. Areas above add theirs with `goes_along`.
_OWNED = [
    "UPDATE sign_in_session SET person_id = $2 WHERE person_id = $1",
    "UPDATE api_token SET person_id = $2 WHERE person_id = $1",
    "UPDATE sign_in_code SET person_id = $2 WHERE person_id = $1",
    "UPDATE idempotent_answer SET holder_id = $2 WHERE holder_id = $1",
]
# The lock makes this hold to the end: whoever comes second finds that there is a phone.
_UNCLAIMED = """
    SELECT id, name, given_phone_index, made_by, made_by_kind, created_at FROM person
     WHERE id_type = $1 AND id_number_index = $2 AND phone_index IS NULL
       FOR UPDATE
"""


class Proof(StrEnum):
    """What shows, besides name and document, that a record was made for whoever asks for it."""

    GIVEN_PHONE = "given_phone"
    REFERENCE = "reference"


class Maker(Struct, frozen=True, kw_only=True):
    """Who made a record for somebody else, and when: a citizen, or (`by_staff`) at a counter."""

    id: UUID
    by_staff: bool
    at: datetime


# Whether what somebody has shown could only come from a record's maker: person, maker.
Vouch = Callable[[UUID, Maker], Awaitable[bool]]


class Document(Struct, frozen=True, kw_only=True):
    """Name and document as somebody who is signed in typed them; the number as its blind index."""

    name: str
    id_type: IdType
    index: bytes


def goes_along(statement: str) -> None:
    """Say what moves with a nameless account ($1) to the person ($2) whose record it joins."""
    _OWNED.append(statement)


async def join_registered(
    actor: Actor, document: Document, now: datetime, vouch: Vouch | None = None
) -> UUID | None:
    """Give the actor's nameless account, with its phone, to the person with this document.

    Only to one with the same name and no phone of their own; for whom a firm gave this very phone,
    or whose maker `vouch` answers for. None if there is no such person, or nobody vouches. What
    the account owns goes along, and the account is gone.

    In the current unit of work; locks the account, then the person.

    Raises:
        IdNumberTaken: Another account has joined, or something else depends on this one.
        RateLimited: Too many tries to join this very record.
    """
    # Not FOR UPDATE: who is keeping a seat in another tab has this row shared, and a hold that we
    # want; asking for it alone only once that hold is ours keeps us out of a circle.
    account = await current().fetchrow(
        "SELECT id, phone, phone_index, email, language FROM person"
        " WHERE id = $1 FOR NO KEY UPDATE",
        actor.person_id(),
    )
    if account is None or account["phone_index"] is None:
        return None
    person = await current().fetchrow(_UNCLAIMED, document.id_type, document.index)
    if person is None:
        return None
    proof = await _proof(person, account["phone_index"], document.name, vouch)
    if proof is None:
        return None
    joined: UUID = person["id"]
    try:
        async with unit_of_work() as uow:
            await _note(uow, joined, account["id"], proof, now)
            await hand_over(uow, account["id"], joined)
            await _take_phone(uow, account, joined)
    except asyncpg.ForeignKeyViolationError as error:
        raise IdNumberTaken from error
    await audit.record(
        actor,
        "identity.account_joined",
        subject="person",
        subject_id=joined,
        data={"account_id": str(account["id"]), "proof": proof},
        now=now,
    )
    if person["made_by_kind"] == ActorKind.CITIZEN:
        # Whoever shows what the maker alone could tell them has agreed to the maker.
        await current().execute(
            "UPDATE companion SET agreed_at = $3"
            " WHERE citizen_id = $1 AND person_id = $2 AND place IS NOT NULL",
            person["made_by"],
            joined,
            now,
        )
        told = {"person_id": str(joined), "maker_id": str(person["made_by"])}
        await outbox.publish(RECORD_JOINED, told, now)
    return joined


async def _proof(
    person: asyncpg.Record, phone_index: bytes, name: str, vouch: Vouch | None
) -> Proof | None:
    """What shows that the record is theirs; the name alone shows nothing."""
    if vouch:
        await charge((limits.JOIN_BY_RECORD, str(person["id"])))
    if keyring().unseal(person["name"], "person", "name", person["id"]) != name:
        return None
    given = person["given_phone_index"]
    if given == phone_index:
        return Proof.GIVEN_PHONE
    # Where a phone was given, that phone alone opens: it says whom the maker meant.
    if given is None and person["made_by"] is not None and vouch:
        maker = Maker(
            id=person["made_by"],
            by_staff=person["made_by_kind"] == ActorKind.STAFF,
            at=person["created_at"],
        )
        return Proof.REFERENCE if await vouch(person["id"], maker) else None
    return None


async def _note(
    uow: UnitOfWork, person_id: UUID, account_id: UUID, proof: Proof, now: datetime
) -> None:
    await uow.execute(
        """
        INSERT INTO account_joining (id, person_id, account_id, proof, joined_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        new_id(),
        person_id,
        account_id,
        proof,
        now,
    )


async def hand_over(uow: UnitOfWork, account_id: UUID, person_id: UUID) -> None:
    """Give all that a nameless account owns to a person, and remove the account.

    Raises ForeignKeyViolationError (asyncpg) when something else depends on it.
    """
    for statement in _OWNED:
        await uow.execute(statement, account_id, person_id)
    await uow.execute("DELETE FROM person WHERE id = $1", account_id)


async def _take_phone(uow: UnitOfWork, account: asyncpg.Record, joined: UUID) -> None:
    def sealed_anew(column: str) -> bytes | None:
        if account[column] is None:
            return None
        kept = keyring().unseal(account[column], "person", column, account["id"])
        return keyring().seal(kept, "person", column, joined)

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
