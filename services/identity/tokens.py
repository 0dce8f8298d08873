"""Bearer tokens for the API: shown once, kept as a digest, recognised by their first characters."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from services import audit
from services.identity.errors import TooManyTokens
from services.identity.rules import (
    TOKEN_LIFETIME,
    TOKEN_MARK,
    TOKEN_PREFIX_LENGTH,
    TOKENS_A_PERSON,
    new_token,
)
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.batches import Batcher
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current, in_unit_of_work, unit_of_work

LABEL_LENGTH = 60
_TOKEN_MAX = 128
WRONG_LABEL = N_("Please give the token a name of 1 to 60 characters.")


class IssuedToken(Struct, frozen=True, kw_only=True):
    """A fresh token. `token` is told this once and cannot be read again."""

    id: UUID
    token: str
    expires_at: datetime


class Token(Struct, frozen=True, kw_only=True):
    """A valid token, as its holder's list shows it."""

    id: UUID
    label: str
    prefix: str
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None


class TokenFacts(Struct, frozen=True, kw_only=True):
    """Whom a bearer token speaks for."""

    id: UUID
    person_id: UUID
    language: str
    real_name: bool


async def create_token(actor: Actor, label: str, now: datetime) -> IssuedToken:
    """Issue a token to a citizen.

    Raises:
        InvalidInput: The label is empty, too long or holds control characters.
        TooManyTokens: As many are valid already as a person may hold.
    """
    label = " ".join(label.split())
    if not 1 <= len(label) <= LABEL_LENGTH or not label.isprintable():
        raise InvalidInput(FieldError("label", "label_malformed", WRONG_LABEL))
    async with unit_of_work():
        token = await add_token(actor.person_id(), label, now)
        await audit.record(
            actor,
            "identity.token_created",
            subject="person",
            subject_id=actor.person_id(),
            data={"token_id": str(token.id)},
            now=now,
        )
    return token


async def add_token(person_id: UUID, label: str, now: datetime) -> IssuedToken:
    """Issue a token in the current unit of work. Locks the person, so that the limit holds."""
    uow = current()
    await uow.execute("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id)
    held = await uow.fetchval(
        "SELECT count(*) FROM api_token"
        " WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2",
        person_id,
        now,
    )
    if held >= TOKENS_A_PERSON:
        raise TooManyTokens(limit=TOKENS_A_PERSON)
    token_id, token = new_id(), new_token()
    await uow.execute(
        """
        INSERT INTO api_token (id, person_id, label, prefix, digest, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        token_id,
        person_id,
        label[:LABEL_LENGTH],
        token[:TOKEN_PREFIX_LENGTH],
        _digest(token),
        now,
        now + TOKEN_LIFETIME,
    )
    return IssuedToken(id=token_id, token=token, expires_at=now + TOKEN_LIFETIME)


class _Shown(Struct, frozen=True):
    """A token that somebody shows, at a moment."""

    digest: bytes
    now: datetime


async def authenticate_token(token: str, now: datetime) -> TokenFacts | None:
    """Whom a token speaks for, or None if it is unknown, expired or revoked.

    Asked of the database each time, so that a revoked token is refused at once; those who ask in
    the same moment share a query.
    """
    if not token.startswith(TOKEN_MARK) or not token.isascii() or len(token) > _TOKEN_MAX:
        return None
    shown = _Shown(_digest(token), now)
    if in_unit_of_work():
        [facts] = await _recognise([shown])
        return facts
    return await _waiting.ask(shown)


async def _recognise(shown: Sequence[_Shown]) -> list[TokenFacts | None]:
    rows = await database.fetch(
        """
        SELECT shown.position, t.id, t.person_id, t.last_used_on, p.language, p.real_name_at
          FROM unnest($1::bytea[], $2::timestamptz[]) WITH ORDINALITY
               AS shown (digest, at, position)
          JOIN api_token t ON t.digest = shown.digest
          JOIN person p ON p.id = t.person_id
         WHERE t.revoked_at IS NULL AND t.expires_at > shown.at
        """,
        [one.digest for one in shown],
        [one.now for one in shown],
    )
    found: list[TokenFacts | None] = [None] * len(shown)
    first_today: dict[date, set[UUID]] = defaultdict(set)
    for row in rows:
        one = shown[row["position"] - 1]
        if row["last_used_on"] != (today := local_date(one.now)):
            first_today[today].add(row["id"])
        found[row["position"] - 1] = TokenFacts(
            id=row["id"],
            person_id=row["person_id"],
            language=row["language"],
            real_name=row["real_name_at"] is not None,
        )
    for today, token_ids in first_today.items():
        await _note_use(token_ids, today)
    return found


async def _note_use(token_ids: Iterable[UUID], today: date) -> None:
    async with unit_of_work() as uow:
        # Whoever is at the same token already writes the same day.
        await uow.execute(
            """
            WITH used AS (
                SELECT id FROM api_token WHERE id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED)
            UPDATE api_token SET last_used_on = $2 FROM used WHERE api_token.id = used.id
            """,
            list(token_ids),
            today,
        )


_waiting: Batcher[_Shown, TokenFacts | None] = Batcher(_recognise, largest=256)


async def tokens(person_id: UUID, now: datetime) -> list[Token]:
    """A citizen's valid tokens, newest first."""
    rows = await database.fetch(
        """
        SELECT id, label, prefix, created_at, expires_at, last_used_on FROM api_token
         WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id DESC
        """,
        person_id,
        now,
    )
    return [Token(**dict(row)) for row in rows]


async def revoke_token(actor: Actor, token_id: UUID, now: datetime) -> None:
    """Revoke one's own token. Raises NotFound if it is not one's own or no longer valid."""
    async with unit_of_work() as uow:
        revoked = await uow.execute(
            "UPDATE api_token SET revoked_at = $3"
            " WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL",
            token_id,
            actor.person_id(),
            now,
        )
        if not revoked:
            raise NotFound
        await audit.record(
            actor,
            "identity.token_revoked",
            subject="person",
            subject_id=actor.person_id(),
            data={"token_id": str(token_id)},
            now=now,
        )


async def revoke_tokens_of(person_id: UUID, now: datetime) -> int:
    """Revoke all of a person's tokens, in the current unit of work."""
    return await current().execute(
        "UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL",
        person_id,
        now,
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
