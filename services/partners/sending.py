"""The life of one delivery: fetched when due, and what became of each try.

Nothing here holds a connection while a partner's server works: `prepare` reads, the worker sends,
and one short transaction records the outcome together with the end of the event.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.kernel import database, leases
from services.kernel.actor import SYSTEM
from services.kernel.crypto import keyring
from services.kernel.leases import Event
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from services.partners.rules import JITTER, rest_asked, retry_after, signatures
from services.partners.states import DeliveryStatus, DisabledReason

GONE = 410
_SUCCESSES = range(200, 300)
# `succeeded_at` is written at most this often.
_SUCCESS_EVERY = timedelta(minutes=1)
_chance = secrets.SystemRandom()


class Shipment(Struct, frozen=True, kw_only=True):
    """What is to be sent where. `id` is the message's, the same at every try."""

    id: UUID
    endpoint_id: UUID
    url: str
    body: bytes
    headers: dict[str, str]


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a try: the answer's status, or a code of ours for why there was none.

    `retry_after` is the answer's header of that name, as it came.
    """

    status: int | None = None
    retry_after: str | None = None
    error: str | None = None
    duration_ms: int = 0

    @property
    def delivered(self) -> bool:
        """Whether the partner has taken the message over."""
        return self.status in _SUCCESSES


async def prepare(event: Event, now: datetime) -> Shipment | None:
    """What a due delivery sends; None when it is settled with that.

    It is settled without being sent when it was delivered before, or when its endpoint or its
    partner has been switched off since. While its endpoint asks to be left alone it is put off,
    which is no try.
    """
    delivery_id = UUID(event.payload["delivery_id"])
    row = await database.fetchrow(
        """
        SELECT delivery.id, delivery.body, endpoint.id AS endpoint_id, endpoint.url,
               endpoint.secret, endpoint.previous_secret, endpoint.previous_until,
               endpoint.resting_until,
               endpoint.removed_at IS NULL AND endpoint.disabled_at IS NULL
                   AND partner.deactivated_at IS NULL AS wanted
          FROM webhook_delivery delivery
          JOIN webhook_endpoint endpoint ON endpoint.id = delivery.endpoint_id
          JOIN partner ON partner.id = endpoint.partner_id
         WHERE delivery.id = $1 AND delivery.status = $2
        """,
        delivery_id,
        DeliveryStatus.PENDING,
    )
    if row is None:
        await leases.complete(event, now)
        return None
    if not row["wanted"]:
        async with unit_of_work() as uow:
            await leases.complete(event, now)
            await _settle(uow, delivery_id, DeliveryStatus.DROPPED, now)
        return None
    if row["resting_until"] is not None and row["resting_until"] > now:
        await leases.postpone(event, now + _stretched(row["resting_until"] - now))
        return None
    body = row["body"].encode()
    timestamp, signature = signatures(_secrets(row, now), str(delivery_id), now, body)
    return Shipment(
        id=delivery_id,
        endpoint_id=row["endpoint_id"],
        url=row["url"],
        body=body,
        headers={
            "webhook-id": str(delivery_id),
            "webhook-timestamp": timestamp,
            "webhook-signature": signature,
        },
    )


async def record(event: Event, outcome: Outcome, now: datetime) -> None:
    """Write down what came of a try, and when the next one is if there is to be one.

    Locks the event, then the delivery, then the endpoint. Raises LeaseLost when another worker has
    taken the delivery over.
    """
    delivery_id = UUID(event.payload["delivery_id"])
    wait = retry_after(event.attempts, _chance.random())
    rest = rest_asked(outcome.status, outcome.retry_after, now)
    gone = outcome.status == GONE
    async with unit_of_work() as uow:
        if outcome.delivered or gone or wait is None:
            await leases.complete(event, now)
        else:
            code = outcome.error or f"webhook_{outcome.status}"
            later = wait if rest is None else max(wait, _stretched(rest))
            await leases.fail(event, code, now, retry_at=now + later)
        row = await uow.fetchrow(
            """
            UPDATE webhook_delivery
               SET attempts = $2, response_status = $3, duration_ms = $4, error = $5,
                   attempted_at = $6
             WHERE id = $1 RETURNING endpoint_id, created_at
            """,
            delivery_id,
            event.attempts,
            outcome.status,
            outcome.duration_ms,
            outcome.error,
            now,
        )
        assert row is not None  # noqa: S101 - deliveries are purged only long after they are settled
        if rest is not None:
            await _let_rest(uow, row["endpoint_id"], now + rest)
        if outcome.delivered:
            await _settle(uow, delivery_id, DeliveryStatus.DELIVERED, now)
            await _note_success(uow, row["endpoint_id"], now)
        elif gone or wait is None:
            await _settle(uow, delivery_id, DeliveryStatus.FAILED, now)
            reason = DisabledReason.GONE if gone else DisabledReason.FAILING
            await _disable(uow, row["endpoint_id"], reason, row["created_at"], now)


def _stretched(rest: timedelta) -> timedelta:
    """What an endpoint asked for and a little more, so that not everything comes back at once."""
    return rest * (1 + JITTER * _chance.random())


async def _let_rest(uow: UnitOfWork, endpoint_id: UUID, until: datetime) -> None:
    await uow.execute(
        "UPDATE webhook_endpoint SET resting_until = $2"
        " WHERE id = $1 AND (resting_until IS NULL OR resting_until < $2)",
        endpoint_id,
        until,
    )


def _secrets(row: asyncpg.Record, now: datetime) -> list[str]:
    found = []
    for column in ("secret", "previous_secret"):
        sealed = row[column]
        if sealed is None or (column == "previous_secret" and row["previous_until"] <= now):
            continue
        found.append(keyring().unseal(sealed, "webhook_endpoint", column, row["endpoint_id"]))
    return found


async def _settle(
    uow: UnitOfWork, delivery_id: UUID, status: DeliveryStatus, now: datetime
) -> None:
    await uow.execute(
        "UPDATE webhook_delivery SET status = $2, settled_at = $3 WHERE id = $1 AND status = $4",
        delivery_id,
        status,
        now,
        DeliveryStatus.PENDING,
    )


async def _note_success(uow: UnitOfWork, endpoint_id: UUID, now: datetime) -> None:
    await uow.execute(
        "UPDATE webhook_endpoint SET succeeded_at = $2"
        " WHERE id = $1 AND (succeeded_at IS NULL OR succeeded_at < $3)",
        endpoint_id,
        now,
        now - _SUCCESS_EVERY,
    )


async def _disable(
    uow: UnitOfWork, endpoint_id: UUID, reason: DisabledReason, since: datetime, now: datetime
) -> None:
    """Switch an endpoint off that said so, or that nothing has reached since `since`."""
    touched = await uow.execute(
        """
        UPDATE webhook_endpoint SET disabled_at = $2, disabled_reason = $3
         WHERE id = $1 AND disabled_at IS NULL
           AND ($3 = 'gone' OR succeeded_at IS NULL OR succeeded_at < $4)
        """,
        endpoint_id,
        now,
        reason,
        since,
    )
    if touched:
        await audit.record(
            SYSTEM,
            "partners.endpoint_disabled",
            subject="webhook_endpoint",
            subject_id=endpoint_id,
            data={"reason": reason},
            now=now,
        )
