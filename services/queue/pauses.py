"""Breaks, and windows that a supervisor closes. A paused window calls nobody.

Locks are taken in this order: the seat at the window (alone, as for leaving), the pause. See
docs/locking.md.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from services import audit, catalog
from services.catalog import Window
from services.identity import Role
from services.kernel import database, live
from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, current, unit_of_work
from services.queue.errors import BreakTooLong, NotAtWindow, NotPaused, WindowBusy
from services.queue.rules import LONGEST_BREAK
from services.queue.sittings import DESK_ROLES
from services.queue.states import PauseReason


class TakeBreak(Struct, frozen=True, kw_only=True):
    """A break of a window, and for how long it is meant."""

    window_id: UUID
    reason: PauseReason
    length: timedelta


class Pause(Struct, frozen=True, kw_only=True):
    """A pause that goes on. `until` is a promise and not an end; None for a closed window."""

    window_id: UUID
    reason: PauseReason
    since: datetime
    until: datetime | None


async def take_break(actor: Actor, command: TakeBreak, now: datetime) -> Pause:
    """Call nobody to a window for a while: the clerk's own, or any for a supervisor.

    Raises:
        WindowBusy: A number is at the window; finish it first.
        NotAtWindow: The clerk does not sit there.
        WindowPausedAlready: It is paused.
        BreakTooLong: Longer than LONGEST_BREAK, or not at all.
    """
    if not timedelta(0) < command.length <= LONGEST_BREAK:
        raise BreakTooLong(minutes=LONGEST_BREAK // timedelta(minutes=1))
    if command.reason is PauseReason.CLOSED:
        raise BreakTooLong(minutes=LONGEST_BREAK // timedelta(minutes=1))
    window = await catalog.window(command.window_id)
    async with unit_of_work() as uow:
        await _hold_seat(uow, actor, window)
        return await _pause(actor, window, command.reason, now, now + command.length)


async def close_window(actor: Actor, window_id: UUID, now: datetime) -> Pause:
    """Close a window until a supervisor opens it again. Whoever sits there leaves it.

    Raises WindowBusy, WindowPausedAlready, WindowUnknown or Forbidden.
    """
    window = await catalog.window(window_id)
    actor.require_role(Role.SUPERVISOR, office_code=window.office_code)
    async with unit_of_work() as uow:
        await _hold_seat(uow, actor, window)
        await uow.execute(
            "UPDATE window_session SET left_at = $2 WHERE window_id = $1 AND left_at IS NULL",
            window_id,
            now,
        )
        return await _pause(actor, window, PauseReason.CLOSED, now, None)


async def go_on(actor: Actor, window_id: UUID, now: datetime) -> None:
    """End the pause of a window: one's own break, or any for a supervisor.

    Raises NotPaused when there is none, NotAtWindow when it is not this clerk's to end.
    """
    window = await catalog.window(window_id)
    actor.require_role(*DESK_ROLES, office_code=window.office_code)
    supervises = actor.has_role(Role.SUPERVISOR, office_code=window.office_code)
    async with unit_of_work() as uow:
        ended = await uow.fetchval(
            """
            UPDATE window_pause SET ended_at = $2
             WHERE window_id = $1 AND ended_at IS NULL
               AND ($4 OR reason <> 'closed' AND EXISTS (
                    SELECT FROM window_session
                     WHERE window_id = $1 AND staff_id = $3 AND left_at IS NULL))
            RETURNING id
            """,
            window_id,
            now,
            actor.id,
            supervises,
        )
        if ended is None:
            paused = await uow.fetchval(
                "SELECT 1 FROM window_pause WHERE window_id = $1 AND ended_at IS NULL", window_id
            )
            raise NotAtWindow if paused else NotPaused
        await _record(actor, "queue.went_on", window, now)


async def pauses(office_code: str) -> Mapping[UUID, Pause]:
    """The paused windows of an office, by window."""
    rows = await database.fetch(
        """
        SELECT p.window_id, p.reason, p.began_at, p.expected_until
          FROM window_pause p JOIN office_window w ON w.id = p.window_id
         WHERE w.office_code = $1 AND p.ended_at IS NULL
        """,
        office_code,
    )
    return {
        row["window_id"]: Pause(
            window_id=row["window_id"],
            reason=PauseReason(row["reason"]),
            since=row["began_at"],
            until=row["expected_until"],
        )
        for row in rows
    }


async def _hold_seat(uow: UnitOfWork, actor: Actor, window: Window) -> None:
    """Lock the seat against calls; refuse while a number is at the window."""
    actor.require_role(*DESK_ROLES, office_code=window.office_code)
    staff_id = await uow.fetchval(
        "SELECT staff_id FROM window_session WHERE window_id = $1 AND left_at IS NULL FOR UPDATE",
        window.id,
    )
    supervises = actor.has_role(Role.SUPERVISOR, office_code=window.office_code)
    if staff_id != actor.id and not supervises:
        raise NotAtWindow
    if await uow.fetchval(
        "SELECT 1 FROM ticket WHERE window_id = $1 AND status IN ('called', 'serving')", window.id
    ):
        raise WindowBusy


async def _pause(
    actor: Actor, window: Window, reason: PauseReason, now: datetime, until: datetime | None
) -> Pause:
    await current().execute(
        """
        INSERT INTO window_pause (id, window_id, reason, paused_by, began_at, expected_until)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        new_id(),
        window.id,
        reason,
        actor.id,
        now,
        until,
    )
    await _record(actor, "queue.paused", window, now, reason=reason.value)
    return Pause(window_id=window.id, reason=reason, since=now, until=until)


async def _record(actor: Actor, action: str, window: Window, now: datetime, **more: object) -> None:
    await audit.record(
        actor,
        action,
        subject="window",
        subject_id=window.id,
        office_code=window.office_code,
        data={"window": window.number, **more},
        now=now,
    )
    live.announce(live.office_topic(window.office_code))
