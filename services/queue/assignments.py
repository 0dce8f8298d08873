"""Which lines a window serves now: the catalogue's, unless a supervisor moved it.

Locks are taken in this order: the office's row (moving a window), the clerk's seat (calling). See
docs/locking.md.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from services import audit, catalog
from services.catalog import Line, Window
from services.identity import Role
from services.kernel import database, live
from services.kernel.actor import Actor
from services.kernel.clock import local_date, local_moment
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from services.queue.errors import LineLeftAlone, LineNotServed, NotAtWindow, WindowPaused
from services.queue.sittings import DESK_ROLES


class Until(StrEnum):
    """How long a window stays with its new lines."""

    DAY = "day"
    CHANGED = "changed"


class MoveWindow(Struct, frozen=True, kw_only=True):
    """The lines that a window is to serve; none gives it back to the catalogue's."""

    window_id: UUID
    lines: tuple[Line, ...]
    until: Until = Until.DAY


class Assignment(Struct, frozen=True):
    """Lines given to a window by a supervisor; `until` is None when that is open."""

    lines: tuple[Line, ...]
    until: datetime | None


class Post(Struct, frozen=True, kw_only=True):
    """A window at which the actor sits and may call."""

    window_id: UUID
    office_code: str
    lines: tuple[Line, ...]


_VALID = "a.valid_from <= $2 AND (a.valid_until IS NULL OR a.valid_until > $2)"


async def working_post(uow: UnitOfWork, actor: Actor, window_id: UUID, now: datetime) -> Post:
    """The window, if this clerk sits there and it is not paused; holds the seat, shared.

    A pause that began while this waited for the seat is not in what was read with it: whoever
    calls asks again, with `refuse_while_paused` or in the statement that calls.

    Raises NotAtWindow, WindowPaused, WindowUnknown, or Forbidden when the role has gone.
    """
    row = await uow.fetchrow(
        f"""
        SELECT w.office_code,
               (SELECT reason FROM window_pause p
                 WHERE p.window_id = $1 AND p.ended_at IS NULL) AS paused,
               coalesce(
                   (SELECT lines FROM window_assignment a WHERE a.window_id = $1 AND {_VALID}),
                   array(SELECT line FROM window_line l WHERE l.window_id = $1)) AS lines
          FROM window_session s JOIN office_window w ON w.id = s.window_id AND w.active
         WHERE s.window_id = $1 AND s.staff_id = $3 AND s.left_at IS NULL
           FOR SHARE OF s
        """,  # noqa: S608 - a constant of this module
        window_id,
        now,
        actor.id,
    )
    office_code = row["office_code"] if row else (await catalog.window(window_id)).office_code
    actor.require_role(*DESK_ROLES, office_code=office_code)
    if row is None:
        raise NotAtWindow
    if row["paused"]:
        raise WindowPaused
    return Post(window_id=window_id, office_code=office_code, lines=_lines(row["lines"]))


async def refuse_while_paused(uow: UnitOfWork, window_id: UUID) -> None:
    """Raise WindowPaused if the window is on a break or closed."""
    if await uow.fetchval(
        "SELECT 1 FROM window_pause WHERE window_id = $1 AND ended_at IS NULL", window_id
    ):
        raise WindowPaused


def _lines(names: list[str]) -> tuple[Line, ...]:
    return tuple(line for line in Line if line in names)


async def moved_windows(office_code: str, now: datetime) -> Mapping[UUID, Assignment]:
    """The windows of an office that a supervisor has moved, as it stands at `now`."""
    rows = await database.fetch(
        f"""
        SELECT a.window_id, a.lines, a.valid_until
          FROM window_assignment a JOIN office_window w ON w.id = a.window_id
         WHERE w.office_code = $1 AND {_VALID}
        """,  # noqa: S608 - a constant of this module
        office_code,
        now,
    )
    return {row["window_id"]: Assignment(_lines(row["lines"]), row["valid_until"]) for row in rows}


async def windows(office_code: str, now: datetime) -> tuple[Window, ...]:
    """The windows of an office with the lines that they serve at `now`. Raises OfficeUnknown."""
    moved = await moved_windows(office_code, now)
    return tuple(
        _with_lines(window, moved.get(window.id))
        for window in await catalog.office_windows(office_code)
    )


async def window(window_id: UUID, now: datetime) -> Window:
    """One window with the lines that it serves at `now`. Raises WindowUnknown."""
    found = await catalog.window(window_id)
    lines = await database.fetchval(
        f"SELECT lines FROM window_assignment a WHERE a.window_id = $1 AND {_VALID}",  # noqa: S608 - as above
        window_id,
        now,
    )
    return _with_lines(found, Assignment(_lines(lines), None) if lines else None)


def _with_lines(found: Window, moved: Assignment | None) -> Window:
    if moved is None:
        return found
    return Window(
        id=found.id,
        office_code=found.office_code,
        number=found.number,
        name=found.name,
        lines=moved.lines,
    )


async def move_window(actor: Actor, command: MoveWindow, now: datetime) -> Window:
    """Have a window serve other lines, for the day or until changed.

    Raises:
        LineNotServed: The hall does not have a line.
        LineLeftAlone: Somebody waits in a line that no window would serve any more.
        WindowMoved: Another supervisor moved it in the same moment.
        WindowUnknown, Forbidden: As the name says.
    """
    found = await catalog.window(command.window_id)
    actor.require_role(Role.SUPERVISOR, office_code=found.office_code)
    office = await catalog.office(found.office_code)
    if not set(command.lines) <= set(office.lines):
        raise LineNotServed
    until = None
    if command.until is Until.DAY:
        until = local_moment(local_date(now) + timedelta(days=1), time())
    async with unit_of_work() as uow:
        # One after the other in an office: each must see which lines the others left unserved.
        await uow.execute("SELECT 1 FROM office WHERE code = $1 FOR NO KEY UPDATE", office.code)
        await _end(uow, command.window_id, now)
        if command.lines and set(command.lines) != set(found.lines):
            await uow.execute(
                """
                INSERT INTO window_assignment (id, window_id, lines, valid_from, valid_until,
                                               assigned_by)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                new_id(),
                command.window_id,
                [line.value for line in command.lines],
                now,
                until,
                actor.id,
            )
        await _check_nobody_is_left(uow, office.code, now)
        await audit.record(
            actor,
            "queue.window_moved",
            subject="window",
            subject_id=found.id,
            office_code=office.code,
            data={
                "window": found.number,
                "lines": [line.value for line in command.lines],
                "until": command.until.value,
            },
            now=now,
        )
        live.announce(live.office_topic(office.code))
    return await window(command.window_id, now)


async def _end(uow: UnitOfWork, window_id: UUID, now: datetime) -> None:
    await uow.execute(
        """
        UPDATE window_assignment SET valid_until = greatest($2, valid_from)
         WHERE window_id = $1 AND (valid_until IS NULL OR valid_until > $2)
        """,
        window_id,
        now,
    )


async def _check_nobody_is_left(uow: UnitOfWork, office_code: str, now: datetime) -> None:
    served = {line for one in await windows(office_code, now) for line in one.lines}
    waiting = await uow.fetch(
        """
        SELECT line, count(*) AS count FROM ticket
         WHERE office_code = $1 AND day = $2 AND status IN ('waiting', 'parked') GROUP BY line
        """,
        office_code,
        local_date(now),
    )
    for row in waiting:
        if Line(row["line"]) not in served:
            raise LineLeftAlone(count=row["count"])
