"""API keys: shown once, kept as a keyed digest, recognised by their first characters."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit, catalog
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import local_date
from services.kernel.crypto import keyring
from services.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.limits import Limit, charge
from services.kernel.unit_of_work import unit_of_work
from services.partners.errors import PartnerUnknown, TooManyKeys
from services.partners.rules import (
    KEY_LIFETIME,
    KEY_MARK,
    KEY_PREFIX_LENGTH,
    KEYS_A_PARTNER,
    LONGEST_KEY,
    new_key,
)
from services.partners.states import Scope

LABEL_LENGTH = 60
DAYS = (1, KEY_LIFETIME.days)
MINUTE = 60
WRONG_LABEL = N_("Please say in 1 to 60 characters where the key is used.")
NO_SCOPE = N_("Please choose at least one thing that the key may be used for.")
WRONG_DAYS = N_("A key is valid for 1 to %(most)s days.")
UNKNOWN_OFFICE = N_("Please choose a hall from the list.")


class NewKey(Struct, frozen=True, kw_only=True):
    """What a key is to be good for; without an office, at all of them."""

    partner_id: UUID
    label: str
    scopes: Collection[str]
    office_code: str | None = None
    days: int = KEY_LIFETIME.days


class IssuedKey(Struct, frozen=True, kw_only=True):
    """A fresh key. `key` is told this once and cannot be read again."""

    id: UUID
    key: str
    expires_at: datetime


class Key(Struct, frozen=True, kw_only=True):
    """A key as the administrator's list shows it."""

    id: UUID
    label: str
    prefix: str
    scopes: list[Scope]
    office_code: str | None
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None

    def valid(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > now


class KeyFacts(Struct, frozen=True, kw_only=True):
    """Whom a key speaks for, and what it grants, where."""

    id: UUID
    partner_id: UUID
    grants: tuple[RoleAt, ...]


async def create_key(actor: Actor, command: NewKey, now: datetime) -> IssuedKey:
    """Issue a key. Several may be valid at once, so that one can follow another without a gap.

    Locks the partner, so that the limit holds.

    Raises:
        Forbidden: Not an administrator.
        InvalidInput: The label, scopes, office or days will not do.
        PartnerUnknown, TooManyKeys: There is no such partner, or it has enough.
    """
    actor.require_role(Role.ADMINISTRATOR)
    label, scopes = await _check(command)
    key_id, key = new_id(), new_key()
    expires_at = now + timedelta(days=command.days)
    async with unit_of_work() as uow:
        known = await uow.fetchval(
            "SELECT 1 FROM partner WHERE id = $1 FOR UPDATE", command.partner_id
        )
        if not known:
            raise PartnerUnknown
        held = await uow.fetchval(
            "SELECT count(*) FROM partner_key"
            " WHERE partner_id = $1 AND revoked_at IS NULL AND expires_at > $2",
            command.partner_id,
            now,
        )
        if held >= KEYS_A_PARTNER:
            raise TooManyKeys(limit=KEYS_A_PARTNER)
        await uow.execute(
            """
            INSERT INTO partner_key (id, partner_id, label, prefix, digest, scopes, office_code,
                                     created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            key_id,
            command.partner_id,
            label,
            key[:KEY_PREFIX_LENGTH],
            _digest(key),
            scopes,
            command.office_code,
            now,
            expires_at,
        )
        await audit.record(
            actor,
            "partners.key_created",
            subject="partner",
            subject_id=command.partner_id,
            office_code=command.office_code,
            data={"key_id": str(key_id), "scopes": " ".join(scopes)},
            now=now,
        )
    return IssuedKey(id=key_id, key=key, expires_at=expires_at)


async def revoke_key(actor: Actor, partner_id: UUID, key_id: UUID, now: datetime) -> None:
    """Make a key worthless from the next request on.

    Raises Forbidden, NotFound when the partner has no such key, or Conflict if it is revoked.
    """
    actor.require_role(Role.ADMINISTRATOR)
    async with unit_of_work() as uow:
        revoked = await uow.execute(
            "UPDATE partner_key SET revoked_at = $3"
            " WHERE id = $1 AND partner_id = $2 AND revoked_at IS NULL",
            key_id,
            partner_id,
            now,
        )
        if not revoked:
            known = await uow.fetchval(
                "SELECT true FROM partner_key WHERE id = $1 AND partner_id = $2",
                key_id,
                partner_id,
            )
            raise Conflict if known else NotFound
        await audit.record(
            actor,
            "partners.key_revoked",
            subject="partner",
            subject_id=partner_id,
            data={"key_id": str(key_id)},
            now=now,
        )


async def keys(actor: Actor, partner_id: UUID) -> list[Key]:
    """A partner's keys, newest first, the worthless ones too. Raises Forbidden."""
    actor.require_role(Role.ADMINISTRATOR)
    rows = await database.fetch(
        """
        SELECT id, label, prefix, scopes, office_code, created_at, expires_at, last_used_on,
               revoked_at
          FROM partner_key WHERE partner_id = $1 ORDER BY id DESC
        """,
        partner_id,
    )
    return [Key(**{**dict(row), "scopes": _scopes(row)}) for row in rows]


async def authenticate_key(key: str, now: datetime) -> KeyFacts | None:
    """Whom a key speaks for, or None if it is unknown, expired, revoked or its partner is shut out.

    Counts the request. Raises RateLimited, or Unavailable when nobody can count.
    """
    if not key.startswith(KEY_MARK) or not key.isascii() or len(key) > LONGEST_KEY:
        return None
    row = await database.fetchrow(
        """
        SELECT k.id, k.partner_id, k.scopes, k.office_code, k.last_used_on, p.requests_a_minute
          FROM partner_key k JOIN partner p ON p.id = k.partner_id
         WHERE k.digest = $1 AND k.revoked_at IS NULL AND k.expires_at > $2
           AND p.deactivated_at IS NULL
        """,
        _digest(key),
        now,
    )
    if row is None:
        return None
    minute = Limit("partner_minute", times=row["requests_a_minute"], seconds=MINUTE)
    await charge((minute, str(row["partner_id"])))
    today = local_date(now)
    if row["last_used_on"] != today:
        async with unit_of_work() as uow:
            await uow.execute(
                "UPDATE partner_key SET last_used_on = $2 WHERE id = $1", row["id"], today
            )
    grants = tuple(RoleAt(scope, row["office_code"]) for scope in _scopes(row))
    return KeyFacts(id=row["id"], partner_id=row["partner_id"], grants=grants)


async def _check(command: NewKey) -> tuple[str, list[Scope]]:
    errors: list[FieldError] = []
    label = " ".join(command.label.split())
    if not 1 <= len(label) <= LABEL_LENGTH or not label.isprintable():
        errors.append(FieldError("label", "label_malformed", WRONG_LABEL))
    scopes = [scope for scope in Scope if scope in set(command.scopes)]
    if not scopes or set(command.scopes) - set(scopes):
        errors.append(FieldError("scopes", "scopes_missing", NO_SCOPE))
    if not DAYS[0] <= command.days <= DAYS[1]:
        errors.append(FieldError("days", "out_of_bounds", WRONG_DAYS, {"most": DAYS[1]}))
    if command.office_code is not None:
        try:
            await catalog.office(command.office_code)
        except catalog.OfficeUnknown:
            errors.append(FieldError("office_code", "office_unknown", UNKNOWN_OFFICE))
    if errors:
        raise InvalidInput(*errors)
    return label, scopes


def _scopes(row: asyncpg.Record) -> list[Scope]:
    return [Scope(scope) for scope in row["scopes"]]


def _digest(key: str) -> bytes:
    return keyring().blind_index("partner_key", key)
