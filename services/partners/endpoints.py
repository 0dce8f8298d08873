"""Webhook endpoints: where a partner wants to be told of what becomes of its bookings."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind
from services.kernel.crypto import keyring
from services.kernel.errors import Conflict, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.settings import settings
from services.kernel.unit_of_work import current, unit_of_work
from services.partners import addresses
from services.partners.errors import EndpointUnknown, PartnerUnknown, TooManyEndpoints
from services.partners.rules import BOTH_SECRETS, ENDPOINTS_A_PARTNER, new_secret
from services.partners.states import DisabledReason, EventType, Scope

NO_EVENT = N_("Please choose at least one kind of event.")

_COLUMNS = """id, partner_id, url, event_types, previous_until, created_at, succeeded_at,
              resting_until, disabled_at, disabled_reason"""


class AddEndpoint(Struct, frozen=True, kw_only=True):
    """Where to send which events."""

    partner_id: UUID
    url: str
    event_types: Collection[str]


class NewSecret(Struct, frozen=True, kw_only=True):
    """An endpoint and its fresh signing secret, which is told this once."""

    endpoint_id: UUID
    secret: str


class Endpoint(Struct, frozen=True, kw_only=True):
    """An endpoint as lists show it. `previous_until` is how long the old secret signs as well.

    Until `resting_until` it is left alone, because it has asked for that.
    """

    id: UUID
    partner_id: UUID
    url: str
    event_types: list[EventType]
    previous_until: datetime | None
    created_at: datetime
    succeeded_at: datetime | None
    resting_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None


def manage(actor: Actor, partner_id: UUID) -> None:
    """Let an administrator through, and a partner to what is its own.

    Raises Forbidden, or EndpointUnknown for somebody else's.
    """
    if actor.kind is not ActorKind.PARTNER:
        actor.require_role(Role.ADMINISTRATOR)
    elif actor.partner_id(Scope.WEBHOOKS_MANAGE) != partner_id:
        raise EndpointUnknown


async def add_endpoint(actor: Actor, command: AddEndpoint, now: datetime) -> NewSecret:
    """Register an endpoint.

    The name is looked up before anything is locked. Locks the partner, so that the limit holds.

    Raises:
        InvalidInput: Nothing may be sent to the URL, or no kind of event is named.
        TooManyEndpoints, EndpointExists: The partner has enough, or this one.
        PartnerUnknown, Forbidden: There is no such partner, or it is not for the actor to say.
    """
    manage(actor, command.partner_id)
    event_types = await _check(command)
    endpoint_id, secret = new_id(), new_secret()
    async with unit_of_work() as uow:
        known = await uow.fetchval(
            "SELECT 1 FROM partner WHERE id = $1 FOR UPDATE", command.partner_id
        )
        if not known:
            raise PartnerUnknown
        held = await uow.fetchval(
            "SELECT count(*) FROM webhook_endpoint WHERE partner_id = $1 AND removed_at IS NULL",
            command.partner_id,
        )
        if held >= ENDPOINTS_A_PARTNER:
            raise TooManyEndpoints(limit=ENDPOINTS_A_PARTNER)
        await uow.execute(
            """
            INSERT INTO webhook_endpoint (id, partner_id, url, event_types, secret, created_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            endpoint_id,
            command.partner_id,
            command.url,
            event_types,
            _sealed(secret, endpoint_id),
            now,
        )
        await _record(actor, "partners.endpoint_added", endpoint_id, now)
    return NewSecret(endpoint_id=endpoint_id, secret=secret)


async def rotate_secret(actor: Actor, endpoint_id: UUID, now: datetime) -> NewSecret:
    """Give an endpoint a new secret; the old one signs beside it for BOTH_SECRETS.

    Raises Forbidden or EndpointUnknown.
    """
    secret = new_secret()
    async with unit_of_work() as uow:
        row = await _lock(actor, endpoint_id)
        old = keyring().unseal(row["secret"], "webhook_endpoint", "secret", endpoint_id)
        await uow.execute(
            "UPDATE webhook_endpoint SET secret = $2, previous_secret = $3, previous_until = $4"
            " WHERE id = $1",
            endpoint_id,
            _sealed(secret, endpoint_id),
            keyring().seal(old, "webhook_endpoint", "previous_secret", endpoint_id),
            now + BOTH_SECRETS,
        )
        await _record(actor, "partners.secret_rotated", endpoint_id, now)
    return NewSecret(endpoint_id=endpoint_id, secret=secret)


async def remove_endpoint(actor: Actor, endpoint_id: UUID, now: datetime) -> None:
    """Send nothing there any more. Raises Forbidden or EndpointUnknown."""
    async with unit_of_work() as uow:
        await _lock(actor, endpoint_id)
        await uow.execute(
            "UPDATE webhook_endpoint SET removed_at = $2 WHERE id = $1", endpoint_id, now
        )
        await _record(actor, "partners.endpoint_removed", endpoint_id, now)


async def set_enabled(actor: Actor, endpoint_id: UUID, now: datetime, *, enabled: bool) -> None:
    """Switch an endpoint on or off.

    What was dropped meanwhile is sent when somebody replays it. Raises Forbidden,
    EndpointUnknown, or Conflict when it stands so already.
    """
    async with unit_of_work() as uow:
        row = await _lock(actor, endpoint_id)
        if (row["disabled_at"] is None) == enabled:
            raise Conflict
        await uow.execute(
            "UPDATE webhook_endpoint SET disabled_at = $2, disabled_reason = $3 WHERE id = $1",
            endpoint_id,
            None if enabled else now,
            None if enabled else DisabledReason.BY_HAND,
        )
        action = "partners.endpoint_enabled" if enabled else "partners.endpoint_disabled"
        await _record(actor, action, endpoint_id, now)


async def endpoints(actor: Actor, partner_id: UUID) -> list[Endpoint]:
    """A partner's endpoints, in the order in which they came. Raises Forbidden."""
    manage(actor, partner_id)
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM webhook_endpoint
         WHERE partner_id = $1 AND removed_at IS NULL ORDER BY id
        """,  # noqa: S608 - the column list is a constant
        partner_id,
    )
    return [_endpoint(row) for row in rows]


async def stopped_endpoints(actor: Actor) -> list[Endpoint]:
    """Those of all partners that were switched off because they failed. Raises Forbidden."""
    actor.require_role(Role.ADMINISTRATOR)
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM webhook_endpoint
         WHERE removed_at IS NULL AND disabled_reason = ANY($1::text[]) ORDER BY disabled_at
        """,  # noqa: S608 - the column list is a constant
        [DisabledReason.GONE, DisabledReason.FAILING],
    )
    return [_endpoint(row) for row in rows]


async def _check(command: AddEndpoint) -> list[EventType]:
    errors: list[FieldError] = []
    chosen = [kind for kind in EventType.subscribable() if kind in set(command.event_types)]
    if not chosen or set(command.event_types) - set(chosen):
        errors.append(FieldError("event_types", "event_types_missing", NO_EVENT))
    policy = addresses.policy_of(settings())
    try:
        await addresses.resolve(addresses.target_of(command.url, policy), policy)
    except addresses.AddressRefused as error:
        errors.append(FieldError("url", error.code, error.message))
    if errors:
        raise InvalidInput(*errors)
    return chosen


async def _lock(actor: Actor, endpoint_id: UUID) -> asyncpg.Record:
    row = await current().fetchrow(
        "SELECT partner_id, secret, disabled_at FROM webhook_endpoint"
        " WHERE id = $1 AND removed_at IS NULL FOR UPDATE",
        endpoint_id,
    )
    if row is None:
        raise EndpointUnknown
    manage(actor, row["partner_id"])
    return row


async def _record(actor: Actor, action: str, endpoint_id: UUID, now: datetime) -> None:
    await audit.record(actor, action, subject="webhook_endpoint", subject_id=endpoint_id, now=now)


def _sealed(secret: str, endpoint_id: UUID) -> bytes:
    return keyring().seal(secret, "webhook_endpoint", "secret", endpoint_id)


def _endpoint(row: asyncpg.Record) -> Endpoint:
    reason = row["disabled_reason"]
    return Endpoint(
        id=row["id"],
        partner_id=row["partner_id"],
        url=row["url"],
        event_types=[EventType(kind) for kind in row["event_types"]],
        previous_until=row["previous_until"],
        created_at=row["created_at"],
        succeeded_at=row["succeeded_at"],
        resting_until=row["resting_until"],
        disabled_at=row["disabled_at"],
        disabled_reason=DisabledReason(reason) if reason else None,
    )
