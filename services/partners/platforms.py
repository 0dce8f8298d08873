"""Partner platforms as the administrator keeps them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity import InvalidContact, Role, normalise_email
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import Conflict, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.partners.errors import PartnerUnknown
from services.partners.rules import BOOKINGS_A_DAY, REQUESTS_A_MINUTE
from services.partners.states import PartnerKind

NAME_LENGTH = (2, 60)
WRONG_NAME = N_("Please give the partner a name of 2 to 60 characters.")
WRONG_KIND = N_("Please choose what kind of platform it is.")
WRONG_NUMBER = N_("Please give a whole number from %(least)s to %(most)s.")

_COLUMNS = """id, name, kind, contact, requests_a_minute, bookings_a_day, created_at,
              deactivated_at"""


class Details(Struct, frozen=True, kw_only=True):
    """A partner as it was typed in; an empty `contact` is none."""

    name: str
    kind: str
    contact: str = ""
    requests_a_minute: int = 120
    bookings_a_day: int = 500


class Partner(Struct, frozen=True, kw_only=True):
    """A platform that books for people, and how much it may."""

    id: UUID
    name: str
    kind: PartnerKind
    contact: str | None
    requests_a_minute: int
    bookings_a_day: int
    created_at: datetime
    deactivated_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether its keys open anything."""
        return self.deactivated_at is None


async def create_partner(actor: Actor, details: Details, now: datetime) -> UUID:
    """Add a platform. Raises Forbidden, InvalidInput or PartnerNameTaken."""
    actor.require_role(Role.ADMINISTRATOR)
    checked = _check(details)
    partner_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO partner (id, name, kind, contact, requests_a_minute, bookings_a_day,
                                 created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            partner_id,
            checked.name,
            checked.kind,
            _sealed(checked.contact, partner_id),
            checked.requests_a_minute,
            checked.bookings_a_day,
            now,
        )
        await audit.record(
            actor, "partners.created", subject="partner", subject_id=partner_id, now=now
        )
    return partner_id


async def change_partner(actor: Actor, partner_id: UUID, details: Details, now: datetime) -> None:
    """Change what is kept of a platform. Raises as `create_partner`, or PartnerUnknown."""
    actor.require_role(Role.ADMINISTRATOR)
    checked = _check(details)
    async with unit_of_work() as uow:
        touched = await uow.execute(
            """
            UPDATE partner SET name = $2, kind = $3, contact = $4, requests_a_minute = $5,
                               bookings_a_day = $6
             WHERE id = $1
            """,
            partner_id,
            checked.name,
            checked.kind,
            _sealed(checked.contact, partner_id),
            checked.requests_a_minute,
            checked.bookings_a_day,
        )
        if not touched:
            raise PartnerUnknown
        await audit.record(
            actor,
            "partners.changed",
            subject="partner",
            subject_id=partner_id,
            data={
                "requests_a_minute": checked.requests_a_minute,
                "bookings_a_day": checked.bookings_a_day,
            },
            now=now,
        )


async def set_active(actor: Actor, partner_id: UUID, now: datetime, *, active: bool) -> None:
    """Open or shut a platform's door: keys and webhooks stop at once, and nothing is deleted.

    Raises Forbidden, PartnerUnknown, or Conflict when it stands so already.
    """
    actor.require_role(Role.ADMINISTRATOR)
    async with unit_of_work() as uow:
        touched = await uow.execute(
            "UPDATE partner SET deactivated_at = $2"
            " WHERE id = $1 AND (deactivated_at IS NULL) <> ($2::timestamptz IS NULL)",
            partner_id,
            None if active else now,
        )
        if not touched:
            known = await uow.fetchval("SELECT 1 FROM partner WHERE id = $1", partner_id)
            raise Conflict if known else PartnerUnknown
        action = "partners.activated" if active else "partners.deactivated"
        await audit.record(actor, action, subject="partner", subject_id=partner_id, now=now)


async def partners(actor: Actor) -> list[Partner]:
    """Every platform, by name. Raises Forbidden."""
    actor.require_role(Role.ADMINISTRATOR)
    rows = await database.fetch(f"SELECT {_COLUMNS} FROM partner ORDER BY name")  # noqa: S608 - a constant
    return [_partner(row) for row in rows]


async def partner(actor: Actor, partner_id: UUID) -> Partner:
    """One platform. Raises Forbidden or PartnerUnknown."""
    actor.require_role(Role.ADMINISTRATOR)
    row = await database.fetchrow(
        f"SELECT {_COLUMNS} FROM partner WHERE id = $1",  # noqa: S608 - a constant
        partner_id,
    )
    if row is None:
        raise PartnerUnknown
    return _partner(row)


async def partner_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """What platforms are called, for lists that name them."""
    rows = await database.fetch(
        "SELECT id, name FROM partner WHERE id = ANY($1::uuid[])", list(ids)
    )
    return {row["id"]: row["name"] for row in rows}


def _check(details: Details) -> Details:
    errors: list[FieldError] = []
    name = " ".join(details.name.split())
    if not NAME_LENGTH[0] <= len(name) <= NAME_LENGTH[1] or not name.isprintable():
        errors.append(FieldError("name", "name_malformed", WRONG_NAME))
    if details.kind not in set(PartnerKind):
        errors.append(FieldError("kind", "kind_unknown", WRONG_KIND))
    contact = ""
    if details.contact.strip():
        try:
            contact = normalise_email(details.contact)
        except InvalidContact as error:
            errors.append(FieldError("contact", "contact_malformed", error.message))
    for field, value, (least, most) in (
        ("requests_a_minute", details.requests_a_minute, REQUESTS_A_MINUTE),
        ("bookings_a_day", details.bookings_a_day, BOOKINGS_A_DAY),
    ):
        if not least <= value <= most:
            bounds = {"least": least, "most": most}
            errors.append(FieldError(field, "out_of_bounds", WRONG_NUMBER, bounds))
    if errors:
        raise InvalidInput(*errors)
    return Details(
        name=name,
        kind=details.kind,
        contact=contact,
        requests_a_minute=details.requests_a_minute,
        bookings_a_day=details.bookings_a_day,
    )


def _sealed(contact: str, partner_id: UUID) -> bytes | None:
    return keyring().seal(contact, "partner", "contact", partner_id) if contact else None


def _partner(row: asyncpg.Record) -> Partner:
    contact = row["contact"]
    return Partner(
        id=row["id"],
        name=row["name"],
        kind=PartnerKind(row["kind"]),
        contact=keyring().unseal(contact, "partner", "contact", row["id"]) if contact else None,
        requests_a_minute=row["requests_a_minute"],
        bookings_a_day=row["bookings_a_day"],
        created_at=row["created_at"],
        deactivated_at=row["deactivated_at"],
    )
