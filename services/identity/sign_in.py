"""Citizens sign in with a phone and the code sent there; the first time makes the account."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit
from services.identity import limits
from services.identity.codes import Proof, spend_code
from services.identity.errors import SignInCodeRefused
from services.identity.sessions import start_session
from services.identity.states import CodePurpose, SessionKind
from services.identity.tokens import IssuedToken, add_token
from services.kernel.actor import Actor, ActorKind
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import current, unit_of_work


class SignIn(Struct, frozen=True, kw_only=True):
    """The code that was typed, and where: `device` is shown on the access page."""

    code_id: UUID
    code: str
    address: str
    device: str


class SignedIn(Struct, frozen=True, kw_only=True):
    """A session that has just begun."""

    person_id: UUID
    session_id: UUID


async def sign_in(command: SignIn, now: datetime) -> SignedIn:
    """Spend the code, make the account if the phone is new, and begin a session.

    Raises:
        SignInCodeRefused: Wrong, spent, expired, or tried five times.
        RateLimited: Too many tries from this address.
        Unavailable: Redis does not answer, so nobody can count.
    """
    await charge((limits.SIGN_IN_BY_ADDRESS, command.address))
    async with unit_of_work():
        person_id = await _prove(command, now)
        if person_id:
            session_id = await start_session(SessionKind.CITIZEN, person_id, command.device, now)
            await _record(person_id, "identity.signed_in", now)
    if not person_id:
        raise SignInCodeRefused
    return SignedIn(person_id=person_id, session_id=session_id)


async def sign_in_for_token(command: SignIn, now: datetime) -> IssuedToken:
    """As `sign_in`, for a program: issues a bearer token instead of a session."""
    await charge((limits.SIGN_IN_BY_ADDRESS, command.address))
    async with unit_of_work():
        person_id = await _prove(command, now)
        if person_id:
            token = await add_token(person_id, command.device, now)
            await _record(person_id, "identity.signed_in", now)
    if not person_id:
        raise SignInCodeRefused
    return token


async def _prove(command: SignIn, now: datetime) -> UUID | None:
    proof = await spend_code(command.code_id, CodePurpose.SIGN_IN, None, command.code, now)
    return await _person_with(proof, now) if proof else None


async def _person_with(proof: Proof, now: datetime) -> UUID:
    """The person with this phone, made if there is none; two at once get the same one."""
    known: UUID | None = await current().fetchval(
        "SELECT id FROM person WHERE phone_index = $1", proof.phone_index
    )
    if known:
        return known
    person_id = new_id()
    made: UUID | None = await current().fetchval(
        """
        INSERT INTO person (id, phone, phone_index, language, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT person_one_per_phone DO NOTHING RETURNING id
        """,
        person_id,
        keyring().seal(proof.phone, "person", "phone", person_id),
        proof.phone_index,
        proof.language,
        now,
    )
    if made:
        return made
    faster: UUID = await current().fetchval(
        "SELECT id FROM person WHERE phone_index = $1", proof.phone_index
    )
    return faster


async def _record(person_id: UUID, action: str, now: datetime) -> None:
    citizen = Actor(kind=ActorKind.CITIZEN, id=person_id)
    await audit.record(citizen, action, subject="person", subject_id=person_id, now=now)
