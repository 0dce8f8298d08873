"""Looking at deliveries, sending them again, and trying an endpoint out."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.kernel import database, outbox
from services.kernel.actor import Actor
from services.kernel.errors import Conflict, NotFound
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from services.partners.endpoints import manage
from services.partners.errors import EndpointDisabled, EndpointUnknown
from services.partners.expansion import WEBHOOK_DUE, Body, write_delivery
from services.partners.rules import KEEP_DELIVERIES
from services.partners.states import DeliveryStatus, EventType


class Delivery(Struct, frozen=True, kw_only=True):
    """A delivery as lists show it; the last four parts are those of the last try."""

    id: UUID
    endpoint_id: UUID
    url: str
    event_type: EventType
    status: DeliveryStatus
    created_at: datetime
    attempts: int
    response_status: int | None
    duration_ms: int | None
    error: str | None
    attempted_at: datetime | None


async def deliveries(
    actor: Actor,
    partner_id: UUID,
    *,
    endpoint_id: UUID | None = None,
    status: DeliveryStatus | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """A partner's deliveries, newest first, from before the one with key `before`.

    Raises Forbidden, or EndpointUnknown for somebody else's.
    """
    manage(actor, partner_id)
    rows = await database.fetch(
        """
        SELECT delivery.id, endpoint_id, url, event_type, status, delivery.created_at, attempts,
               response_status, duration_ms, error, attempted_at
          FROM webhook_delivery delivery
          JOIN webhook_endpoint endpoint ON endpoint.id = delivery.endpoint_id
         WHERE endpoint.partner_id = $1
           AND ($2::uuid IS NULL OR endpoint_id = $2)
           AND ($3::text IS NULL OR status = $3)
           AND ($4::uuid IS NULL OR delivery.id < $4)
         ORDER BY delivery.id DESC LIMIT $5
        """,
        partner_id,
        endpoint_id,
        status,
        before,
        limit,
    )
    return [_delivery(row) for row in rows]


async def send_test(actor: Actor, endpoint_id: UUID, now: datetime) -> UUID:
    """Send an event that means nothing. Raises Forbidden, EndpointUnknown or EndpointDisabled."""
    async with unit_of_work() as uow:
        await _open_endpoint(uow, actor, endpoint_id)
        body = Body(type=EventType.TEST, timestamp=now, data={})
        delivery_id = await write_delivery(uow, endpoint_id, new_id(), body, now)
        await audit.record(
            actor,
            "partners.test_sent",
            subject="webhook_endpoint",
            subject_id=endpoint_id,
            now=now,
        )
    return delivery_id


async def replay(actor: Actor, delivery_id: UUID, now: datetime) -> None:
    """Send one delivery again, with its id and body as they were and all its tries before it.

    Raises Forbidden, NotFound, EndpointDisabled, or Conflict while it is still on its way.
    """
    async with unit_of_work() as uow:
        endpoint_id = await uow.fetchval(
            "SELECT endpoint_id FROM webhook_delivery WHERE id = $1", delivery_id
        )
        if endpoint_id is None:
            raise NotFound
        await _open_endpoint(uow, actor, endpoint_id)
        settled = [status for status in DeliveryStatus if status is not DeliveryStatus.PENDING]
        if not await _again(uow, "id = $1 AND status = ANY($2)", now, delivery_id, settled):
            raise Conflict
        await audit.record(
            actor,
            "partners.replayed",
            subject="webhook_delivery",
            subject_id=delivery_id,
            now=now,
        )


async def replay_undelivered(
    actor: Actor, endpoint_id: UUID, since: datetime, now: datetime
) -> int:
    """Send again what an endpoint has missed since a moment; how many.

    Raises Forbidden, EndpointUnknown, EndpointDisabled, or Conflict when it has missed nothing.
    """
    async with unit_of_work() as uow:
        await _open_endpoint(uow, actor, endpoint_id)
        count = await _again(
            uow,
            "endpoint_id = $1 AND status = ANY($2) AND created_at >= $3",
            now,
            endpoint_id,
            sorted(DeliveryStatus.undelivered()),
            since,
        )
        if not count:
            raise Conflict
        await audit.record(
            actor,
            "partners.all_replayed",
            subject="webhook_endpoint",
            subject_id=endpoint_id,
            data={"deliveries": count},
            now=now,
        )
    return count


async def purge(now: datetime) -> int:
    """Delete deliveries settled for longer than KEEP_DELIVERIES; the number deleted."""
    async with unit_of_work() as uow:
        return await uow.execute(
            "DELETE FROM webhook_delivery WHERE settled_at < $1", now - KEEP_DELIVERIES
        )


async def _open_endpoint(uow: UnitOfWork, actor: Actor, endpoint_id: UUID) -> None:
    row = await uow.fetchrow(
        "SELECT partner_id, disabled_at FROM webhook_endpoint WHERE id = $1 AND removed_at IS NULL",
        endpoint_id,
    )
    if row is None:
        raise EndpointUnknown
    manage(actor, row["partner_id"])
    if row["disabled_at"] is not None:
        raise EndpointDisabled


async def _again(uow: UnitOfWork, which: str, now: datetime, *args: object) -> int:
    rows = await uow.fetch(
        f"UPDATE webhook_delivery SET status = 'pending', settled_at = NULL WHERE {which}"  # noqa: S608 - the conditions above
        " RETURNING id",
        *args,
    )
    for row in rows:
        await outbox.publish(WEBHOOK_DUE, {"delivery_id": str(row["id"])}, now)
    return len(rows)


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        url=row["url"],
        event_type=EventType(row["event_type"]),
        status=DeliveryStatus(row["status"]),
        created_at=row["created_at"],
        attempts=row["attempts"],
        response_status=row["response_status"],
        duration_ms=row["duration_ms"],
        error=row["error"],
        attempted_at=row["attempted_at"],
    )
