"""Kiosks: devices in a hall that give out numbers, each known by a token of its own.

A kiosk is no person. An administrator makes it for one office and is told a link once; the device
that opens the link first gets the token, and the link is spent.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit, catalog
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from services.queue.errors import SetupLinkSpent
from services.queue.sittings import DESK_ROLES

SETUP_LIFETIME = timedelta(hours=24)
"""How long a link waits for its device."""

LABEL_LENGTH = 60
WRONG_LABEL = N_("Please name the device in 1 to 60 characters.")
# What a kiosk's actor holds at its office; a role of the queue's own that no account can be given.
_ROLE = "kiosk"
_COLUMNS = "id, office_code, label, setup_until, created_at, opened_at, revoked_at"


class Kiosk(Struct, frozen=True, kw_only=True):
    """One device; `opened_at` is None while its link waits, until `setup_until`."""

    id: UUID
    office_code: str
    label: str
    setup_until: datetime
    created_at: datetime
    opened_at: datetime | None
    revoked_at: datetime | None

    def actor(self, language: str) -> Actor:
        """The device as the party that gives out a number."""
        return Actor(
            kind=ActorKind.KIOSK,
            id=self.id,
            roles=(RoleAt(_ROLE, self.office_code),),
            language=language,
        )


class NewKiosk(Struct, frozen=True, kw_only=True):
    """A kiosk that waits for its device. `setup_key` is told this once."""

    kiosk: Kiosk
    setup_key: str


class OpenedKiosk(Struct, frozen=True, kw_only=True):
    """A kiosk that has its device. `token` is what that device keeps, told this once."""

    kiosk: Kiosk
    token: str


def require_counter(actor: Actor, office_code: str) -> None:
    """Let pass who gives out numbers at an office: its desk, or a kiosk that stands there.

    Raises NotSignedIn or Forbidden.
    """
    if actor.kind is not ActorKind.KIOSK:
        actor.require_role(*DESK_ROLES, office_code=office_code)
    elif RoleAt(_ROLE, office_code) not in actor.roles:
        raise Forbidden


async def create_kiosk(actor: Actor, office_code: str, label: str, now: datetime) -> NewKiosk:
    """Make a kiosk for an office, and the key of the link that its device is to open.

    Raises InvalidInput, OfficeUnknown, NotSignedIn or Forbidden.
    """
    actor.require_role(Role.ADMINISTRATOR, office_code=office_code)
    label = " ".join(label.split())
    if not 1 <= len(label) <= LABEL_LENGTH or not label.isprintable():
        raise InvalidInput(FieldError("label", "label_malformed", WRONG_LABEL))
    office = await catalog.office(office_code)
    key = secrets.token_urlsafe(32)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            INSERT INTO kiosk (id, office_code, label, setup_digest, setup_until, created_by,
                               created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            new_id(),
            office.code,
            label,
            _digest(key),
            now + SETUP_LIFETIME,
            actor.id,
            now,
        )
        kiosk = _kiosk(row)
        await _record(actor, "queue.kiosk_created", kiosk, now)
    return NewKiosk(kiosk=kiosk, setup_key=key)


async def waiting_kiosk(setup_key: str, now: datetime) -> Kiosk:
    """The kiosk that a link is for. Raises SetupLinkSpent when it waits no more."""
    row = await database.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM kiosk
         WHERE setup_digest = $1 AND setup_until > $2 AND revoked_at IS NULL
        """,  # noqa: S608 - the column list is a constant
        _digest(setup_key),
        now,
    )
    if row is None:
        raise SetupLinkSpent
    return _kiosk(row)


async def open_kiosk(setup_key: str, now: datetime) -> OpenedKiosk:
    """Make the asking device the kiosk: the link is spent with that.

    Raises SetupLinkSpent when another device was faster, or the link is too old or withdrawn.
    """
    token = secrets.token_urlsafe(32)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            UPDATE kiosk SET setup_digest = NULL, token_digest = $2, opened_at = $3
             WHERE setup_digest = $1 AND setup_until > $3 AND revoked_at IS NULL
            RETURNING {_COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            _digest(setup_key),
            _digest(token),
            now,
        )
        if row is None:
            raise SetupLinkSpent
        kiosk = _kiosk(row)
        await _record(kiosk.actor("zh_CN"), "queue.kiosk_opened", kiosk, now)
    return OpenedKiosk(kiosk=kiosk, token=token)


async def revoke_kiosk(actor: Actor, kiosk_id: UUID, now: datetime) -> Kiosk:
    """Shut a device out from now on. Raises NotFound, Forbidden, or Conflict if it is already."""
    async with unit_of_work() as uow:
        found = await _find(uow, kiosk_id)
        actor.require_role(Role.ADMINISTRATOR, office_code=found.office_code)
        row = await uow.fetchrow(
            f"""
            UPDATE kiosk SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
            RETURNING {_COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            kiosk_id,
            now,
        )
        if row is None:
            raise Conflict
        await _record(actor, "queue.kiosk_revoked", found, now)
        return _kiosk(row)


async def kiosk_of(token: str) -> Kiosk | None:
    """The kiosk that a device's token is of, unless it was shut out."""
    row = await database.fetchrow(
        f"SELECT {_COLUMNS} FROM kiosk WHERE token_digest = $1 AND revoked_at IS NULL",  # noqa: S608 - the column list is a constant
        _digest(token),
    )
    return _kiosk(row) if row else None


async def kiosks(actor: Actor) -> tuple[Kiosk, ...]:
    """Every kiosk, the newest first. Raises NotSignedIn or Forbidden."""
    actor.require_role(Role.ADMINISTRATOR, Role.AUDITOR)
    rows = await database.fetch(f"SELECT {_COLUMNS} FROM kiosk ORDER BY id DESC")  # noqa: S608 - the column list is a constant
    return tuple(_kiosk(row) for row in rows)


async def _find(uow: UnitOfWork, kiosk_id: UUID) -> Kiosk:
    row = await uow.fetchrow(
        f"SELECT {_COLUMNS} FROM kiosk WHERE id = $1",  # noqa: S608 - the column list is a constant
        kiosk_id,
    )
    if row is None:
        raise NotFound
    return _kiosk(row)


def _kiosk(row: asyncpg.Record | None) -> Kiosk:
    assert row is not None  # noqa: S101 - an INSERT … RETURNING gives its row
    return Kiosk(**dict(row))


def _digest(secret: str) -> bytes:
    # Both are 256 random bits: a plain digest cannot be searched through.
    return hashlib.sha256(secret.encode()).digest()


async def _record(actor: Actor, action: str, kiosk: Kiosk, now: datetime) -> None:
    await audit.record(
        actor,
        action,
        subject="kiosk",
        subject_id=kiosk.id,
        office_code=kiosk.office_code,
        now=now,
    )
