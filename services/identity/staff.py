"""Staff accounts: made, given roles, reset, deactivated."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services import audit
from services.identity.passwords import hash_password
from services.identity.rules import USERNAME, WRONG_USERNAME, password_fault
from services.identity.sessions import end_sessions_of
from services.identity.states import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current, unit_of_work

DISPLAY_NAME_LENGTH = 40
WRONG_DISPLAY_NAME = N_("Please enter a name of 1 to 40 characters.")
NO_ROLE = N_("Please give at least one role.")


class CreateStaff(Struct, frozen=True, kw_only=True):
    """A new account; `display_name` is what colleagues and the hall see."""

    username: str
    display_name: str
    password: str
    roles: tuple[RoleAt, ...]


class StaffMember(Struct, frozen=True, kw_only=True):
    """An account as lists show it."""

    id: UUID
    username: str
    display_name: str
    roles: tuple[RoleAt, ...]
    enrolled: bool
    deactivated_at: datetime | None


async def create_staff(actor: Actor, command: CreateStaff, now: datetime) -> UUID:
    """Make an account; its holder enrols the second factor at the first sign-in.

    Raises:
        InvalidInput: The username, name, password or roles will not do.
        UsernameTaken: The username was given before.
        Forbidden: The actor is no administrator.
    """
    _require_administrator(actor)
    errors: list[FieldError] = []
    if not USERNAME.fullmatch(command.username):
        errors.append(FieldError("username", "username_malformed", WRONG_USERNAME))
    name = " ".join(command.display_name.split())
    if not 1 <= len(name) <= DISPLAY_NAME_LENGTH or not name.isprintable():
        errors.append(FieldError("display_name", "display_name_malformed", WRONG_DISPLAY_NAME))
    if fault := password_fault(command.username, command.password):
        errors.append(FieldError("password", "password_weak", fault))
    if not command.roles:
        errors.append(FieldError("roles", "roles_missing", NO_ROLE))
    if errors:
        raise InvalidInput(*errors)
    password_hash = await hash_password(command.password)
    staff_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO staff (id, username, display_name, password_hash, totp_last_step,
                               failed_tries, epoch, created_at)
            VALUES ($1, $2, $3, $4, 0, 0, 0, $5)
            """,
            staff_id,
            command.username,
            name,
            password_hash,
            now,
        )
        await _write_roles(staff_id, command.roles)
        await _record(actor, "identity.staff_created", staff_id, now, roles=command.roles)
    return staff_id


async def set_roles(actor: Actor, staff_id: UUID, roles: tuple[RoleAt, ...], now: datetime) -> None:
    """Replace somebody's roles. Their sessions go on with the new ones from the next request.

    Raises InvalidInput without a role, Forbidden for others than administrators, NotFound.
    """
    _require_administrator(actor)
    if not roles:
        raise InvalidInput(FieldError("roles", "roles_missing", NO_ROLE))
    async with unit_of_work() as uow:
        await _raise_epoch(staff_id)
        await uow.execute("DELETE FROM staff_role WHERE staff_id = $1", staff_id)
        await _write_roles(staff_id, roles)
        await _record(actor, "identity.roles_set", staff_id, now, roles=roles)


async def deactivate_staff(actor: Actor, staff_id: UUID, now: datetime) -> None:
    """Close an account for good and end its sessions. Raises Forbidden or NotFound."""
    _require_administrator(actor)
    async with unit_of_work() as uow:
        await _raise_epoch(staff_id)
        await uow.execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", staff_id, now)
        await end_sessions_of(staff_id, now)
        await _record(actor, "identity.staff_deactivated", staff_id, now)


async def reset_totp(actor: Actor, staff_id: UUID, now: datetime) -> None:
    """Forget the second factor and its recovery codes: the next sign-in enrols a new one.

    Ends the account's sessions. Raises Forbidden or NotFound.
    """
    _require_administrator(actor)
    async with unit_of_work() as uow:
        await _raise_epoch(staff_id)
        await uow.execute(
            """
            UPDATE staff SET totp_secret = NULL, totp_confirmed_at = NULL, failed_tries = 0,
                             locked_until = NULL
             WHERE id = $1
            """,
            staff_id,
        )
        await uow.execute("DELETE FROM recovery_code WHERE staff_id = $1", staff_id)
        await end_sessions_of(staff_id, now)
        await _record(actor, "identity.totp_reset", staff_id, now)


async def reset_password(actor: Actor, staff_id: UUID, password: str, now: datetime) -> None:
    """Set a new password and end the account's sessions.

    Raises InvalidInput for a weak one, Forbidden or NotFound.
    """
    _require_administrator(actor)
    member = await staff_member(staff_id)
    if fault := password_fault(member.username, password):
        raise InvalidInput(FieldError("password", "password_weak", fault))
    password_hash = await hash_password(password)
    async with unit_of_work() as uow:
        await _raise_epoch(staff_id)
        await uow.execute(
            """
            UPDATE staff SET password_hash = $2, failed_tries = 0, locked_until = NULL
             WHERE id = $1
            """,
            staff_id,
            password_hash,
        )
        await end_sessions_of(staff_id, now)
        await _record(actor, "identity.password_reset", staff_id, now)


async def staff_members() -> list[StaffMember]:
    """Every account, by username."""
    return [_member(row) for row in await database.fetch(f"{_MEMBERS} ORDER BY t.username")]


async def staff_member(staff_id: UUID) -> StaffMember:
    """One account. Raises NotFound."""
    row = await database.fetchrow(f"{_MEMBERS} WHERE t.id = $1", staff_id)
    if row is None:
        raise NotFound
    return _member(row)


async def staff_by_username(username: str) -> StaffMember:
    """One account by its username. Raises NotFound."""
    row = await database.fetchrow(f"{_MEMBERS} WHERE t.username = $1", username)
    if row is None:
        raise NotFound
    return _member(row)


async def staff_names(staff_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Display names by account, for lists."""
    rows = await database.fetch(
        "SELECT id, display_name FROM staff WHERE id = ANY($1::uuid[])", list(staff_ids)
    )
    return {row["id"]: row["display_name"] for row in rows}


_MEMBERS = """
    SELECT t.id, t.username, t.display_name, t.totp_confirmed_at, t.deactivated_at,
           (SELECT json_agg(json_build_object('role', r.role, 'office_code', r.office_code)
                            ORDER BY r.role, r.office_code)
              FROM staff_role r WHERE r.staff_id = t.id) AS roles
      FROM staff t"""


def _member(row: asyncpg.Record) -> StaffMember:
    return StaffMember(
        id=row["id"],
        username=row["username"],
        display_name=row["display_name"],
        roles=msgspec.json.decode(row["roles"] or "[]", type=tuple[RoleAt, ...]),
        enrolled=row["totp_confirmed_at"] is not None,
        deactivated_at=row["deactivated_at"],
    )


def _require_administrator(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(Role.ADMINISTRATOR)


async def _raise_epoch(staff_id: UUID) -> None:
    """Mark every session's privileges as changed; locks the account first."""
    if not await current().execute("UPDATE staff SET epoch = epoch + 1 WHERE id = $1", staff_id):
        raise NotFound


async def _write_roles(staff_id: UUID, roles: tuple[RoleAt, ...]) -> None:
    for held in roles:
        await current().execute(
            "INSERT INTO staff_role (id, staff_id, role, office_code) VALUES ($1, $2, $3, $4)",
            new_id(),
            staff_id,
            Role(held.role),
            held.office_code,
        )


async def _record(
    actor: Actor, action: str, staff_id: UUID, now: datetime, roles: tuple[RoleAt, ...] = ()
) -> None:
    await audit.record(
        actor,
        action,
        subject="staff",
        subject_id=staff_id,
        data={"roles": [[held.role, held.office_code] for held in roles]} if roles else None,
        now=now,
    )
