"""While an emergency is in force nobody is penalised for what keeps them away.

It holds for one office or, without one, for the whole city; `ends_at` None means until it is ended.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit, catalog
from services.appointments.standing.errors import EmergencyOver
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

REASON_LENGTH = (2, 200)
WRONG_REASON = N_("Please say why, in 2 to 200 characters.")
WRONG_END = N_("The end must lie after the beginning and in the future.")

# An emergency of the office in {office} at the moment {at}.
IN_FORCE = """
    (emergency.office_code IS NULL OR emergency.office_code = {office})
    AND emergency.starts_at <= {at} AND (emergency.ends_at IS NULL OR emergency.ends_at > {at})
"""


class Emergency(Struct, frozen=True, kw_only=True):
    """A time in which nobody is penalised; `reason` by language."""

    id: UUID
    office_code: str | None
    starts_at: datetime
    ends_at: datetime | None
    reason: Mapping[str, str]

    def in_force(self, now: datetime) -> bool:
        """Whether it holds at `now`."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class DeclareEmergency(Struct, frozen=True, kw_only=True):
    """From now or from `starts_at` on, at one office or (None) everywhere."""

    reason_zh: str
    reason_en: str
    office_code: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


async def declare_emergency(actor: Actor, command: DeclareEmergency, now: datetime) -> UUID:
    """Begin an emergency. For administrators.

    Raises:
        InvalidInput: A reason is missing, or the end is not after the beginning.
        EmergencyDeclared: One for the same place holds at some of the time.
        OfficeUnknown: There is no such office.
    """
    actor.require_role(Role.ADMINISTRATOR)
    if command.office_code is not None:
        await catalog.office(command.office_code)
    reason_zh, reason_en, starts_at = _checked(command, now)
    emergency_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO booking_emergency
                   (id, office_code, starts_at, ends_at, reason_zh, reason_en, declared_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            emergency_id,
            command.office_code,
            starts_at,
            command.ends_at,
            reason_zh,
            reason_en,
            now,
        )
        await audit.record(
            actor,
            "appointment.emergency_declared",
            subject="booking_emergency",
            subject_id=emergency_id,
            office_code=command.office_code,
            data={"reason": reason_zh},
            now=now,
        )
    return emergency_id


def _checked(command: DeclareEmergency, now: datetime) -> tuple[str, str, datetime]:
    shortest, longest = REASON_LENGTH
    reasons = {
        "reason_zh": " ".join(command.reason_zh.split()),
        "reason_en": " ".join(command.reason_en.split()),
    }
    wrong = [
        FieldError(field, "reason_malformed", WRONG_REASON)
        for field, text in reasons.items()
        if not shortest <= len(text) <= longest
    ]
    starts_at = command.starts_at or now
    if command.ends_at is not None and command.ends_at <= max(starts_at, now):
        wrong.append(FieldError("ends_at", "end_wrong", WRONG_END))
    if wrong:
        raise InvalidInput(*wrong)
    return reasons["reason_zh"], reasons["reason_en"], starts_at


async def end_emergency(actor: Actor, emergency_id: UUID, now: datetime) -> None:
    """End an emergency now, or call it off before it begins. For administrators.

    Raises EmergencyOver when it has ended, and NotFound when there is none.
    """
    actor.require_role(Role.ADMINISTRATOR)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            """
            UPDATE booking_emergency SET ends_at = greatest(starts_at, $2)
             WHERE id = $1 AND (ends_at IS NULL OR ends_at > greatest(starts_at, $2))
            RETURNING office_code
            """,
            emergency_id,
            now,
        )
        if row is None:
            known = await uow.fetchval(
                "SELECT true FROM booking_emergency WHERE id = $1", emergency_id
            )
            raise EmergencyOver if known else NotFound
        await audit.record(
            actor,
            "appointment.emergency_ended",
            subject="booking_emergency",
            subject_id=emergency_id,
            office_code=row["office_code"],
            now=now,
        )


async def spares(office_code: str, *moments: datetime) -> bool:
    """Whether an emergency was or is in force at an office at one of the moments."""
    found: bool = await database.fetchval(
        f"""
        SELECT EXISTS (
            SELECT FROM booking_emergency emergency, unnest($2::timestamptz[]) AS moment
             WHERE {IN_FORCE.format(office="$1", at="moment")})
        """,  # noqa: S608 - constants only
        office_code,
        list(moments),
    )
    return found


async def emergency_at(office_code: str | None, now: datetime) -> Emergency | None:
    """The emergency that holds now at an office; without an office, that of the whole city."""
    row = await database.fetchrow(
        f"""
        SELECT * FROM booking_emergency emergency
         WHERE {IN_FORCE.format(office="$1::text", at="$2")}
         ORDER BY office_code NULLS LAST LIMIT 1
        """,  # noqa: S608 - constants only
        office_code,
        now,
    )
    return _emergency(row) if row else None


async def emergencies(limit: int = 50) -> list[Emergency]:
    """Those that hold, will hold or held, the latest first."""
    rows = await database.fetch(
        "SELECT * FROM booking_emergency ORDER BY starts_at DESC, id DESC LIMIT $1", limit
    )
    return [_emergency(row) for row in rows]


def _emergency(row: asyncpg.Record) -> Emergency:
    return Emergency(
        id=row["id"],
        office_code=row["office_code"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        reason={"zh_CN": row["reason_zh"], "en": row["reason_en"]},
    )
