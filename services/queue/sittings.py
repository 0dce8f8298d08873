"""Which clerk works which window."""

from datetime import datetime
from uuid import UUID

from services import audit, catalog
from services.identity import Role
from services.kernel import live
from services.kernel.actor import Actor
from services.kernel.clock import local_date, local_moment
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from services.queue.errors import NotAtWindow, WindowBusy, WindowClosed

DESK_ROLES = (Role.CLERK, Role.SUPERVISOR)


async def sit_down(actor: Actor, window_id: UUID, now: datetime) -> None:
    """Take a window for this clerk; sitting there already is no error.

    A seat that somebody forgot to give up on an earlier day is given up now, their own or another
    clerk's at this window.

    Raises:
        WindowTaken: Another clerk sits there today.
        WindowClosed: A supervisor has closed it.
        SittingElsewhere: This clerk sits at another window today.
        WindowUnknown: No such window is in service.
        Forbidden: The actor is no clerk of that office.
    """
    window = await catalog.window(window_id)
    actor.require_role(*DESK_ROLES, office_code=window.office_code)
    async with unit_of_work() as uow:
        if await _sits_at(uow, actor, window_id):
            return
        if await uow.fetchval(
            """
            SELECT 1 FROM window_pause
             WHERE window_id = $1 AND ended_at IS NULL AND reason = 'closed'
            """,
            window_id,
        ):
            raise WindowClosed
        await uow.execute(
            """
            UPDATE window_session SET left_at = $3
             WHERE left_at IS NULL AND sat_down_at < $4 AND (window_id = $1 OR staff_id = $2)
            """,
            window_id,
            actor.id,
            now,
            local_moment(local_date(now), datetime.min.time()),
        )
        session_id = new_id()
        await uow.execute(
            """
            INSERT INTO window_session (id, window_id, staff_id, sat_down_at)
            VALUES ($1, $2, $3, $4)
            """,
            session_id,
            window_id,
            actor.id,
            now,
        )
        await _record(actor, "queue.sat_down", window, now)


async def leave(actor: Actor, window_id: UUID, now: datetime) -> None:
    """Give a window up. A supervisor of the office may do it for a clerk who forgot.

    Raises:
        WindowBusy: A ticket is called to the window or served there.
        NotAtWindow: Somebody else sits there, or nobody.
    """
    window = await catalog.window(window_id)
    actor.require_role(*DESK_ROLES, office_code=window.office_code)
    supervises = actor.has_role(Role.SUPERVISOR, office_code=window.office_code)
    async with unit_of_work() as uow:
        session_id = await uow.fetchval(
            """
            SELECT id FROM window_session
             WHERE window_id = $1 AND left_at IS NULL AND (staff_id = $2 OR $3) FOR UPDATE
            """,
            window_id,
            actor.id,
            supervises,
        )
        if session_id is None:
            raise NotAtWindow
        if await uow.fetchval(
            "SELECT 1 FROM ticket WHERE window_id = $1 AND status IN ('called', 'serving')",
            window_id,
        ):
            raise WindowBusy
        await uow.execute("UPDATE window_session SET left_at = $2 WHERE id = $1", session_id, now)
        # A break is the clerk's; who sits down next begins without it.
        await uow.execute(
            """
            UPDATE window_pause SET ended_at = $2
             WHERE window_id = $1 AND ended_at IS NULL AND reason <> 'closed'
            """,
            window_id,
            now,
        )
        await _record(actor, "queue.left", window, now)


async def own_window(uow: UnitOfWork, actor: Actor, window_id: UUID) -> catalog.Window:
    """The window, if this clerk sits there; holds the seat until the unit of work ends.

    Raises NotAtWindow, WindowUnknown, or Forbidden when the role at the office has gone.
    """
    window = await catalog.window(window_id)
    actor.require_role(*DESK_ROLES, office_code=window.office_code)
    if not await _sits_at(uow, actor, window_id):
        raise NotAtWindow
    return window


async def _sits_at(uow: UnitOfWork, actor: Actor, window_id: UUID) -> bool:
    # Shared, so that a clerk's own acts do not wait for each other, but leaving waits for them.
    return bool(
        await uow.fetchval(
            """
            SELECT 1 FROM window_session
             WHERE window_id = $1 AND staff_id = $2 AND left_at IS NULL FOR SHARE
            """,
            window_id,
            actor.id,
        )
    )


async def _record(actor: Actor, action: str, window: catalog.Window, now: datetime) -> None:
    await audit.record(
        actor,
        action,
        subject="window",
        subject_id=window.id,
        office_code=window.office_code,
        data={"window": window.number},
        now=now,
    )
    live.announce(live.office_topic(window.office_code))
