"""A morning's queue in progress at one hall: served, missed, at the windows, in line."""

from datetime import datetime, time, timedelta

from banshi.demo.identity import HALL
from services import appointments, catalog, identity, queue
from services.catalog import Line, Window
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date, local_moment
from services.queue import (
    CheckIn,
    MoveWindow,
    Park,
    PauseReason,
    Priority,
    TakeBreak,
    TicketStatus,
    WalkIn,
)

# The clerk of the printed sign-ins stands free: the first thing to try is sitting down.
AT_WINDOWS = (
    ("clerk2", Line.HOUSEHOLD, TicketStatus.SERVING),
    ("supervisor", Line.VEHICLE, TicketStatus.CALLED),
)
LONGEST = timedelta(minutes=75)
STEPS = 36
EVERY_MISSED = 7
HELPS_OUT = 2
WALK_INS: tuple[tuple[Line, str | None, Priority], ...] = (
    (Line.HOUSEHOLD, "id-card-renew", Priority.NORMAL),
    (Line.VEHICLE, "licence-renewal", Priority.NORMAL),
    (Line.HOUSEHOLD, None, Priority.NORMAL),
    (Line.EXIT_ENTRY, None, Priority.NORMAL),
    (Line.HOUSEHOLD, "id-card-renew", Priority.ELDERLY_OR_DISABLED),
    (Line.VEHICLE, None, Priority.NORMAL),
    (Line.VEHICLE, "licence-renewal", Priority.ELDERLY_OR_DISABLED),
    (Line.HOUSEHOLD, "move-in", Priority.URGENT),
)


async def seed(now: datetime) -> None:
    """Let the last hour or so pass, unless the day has tickets already."""
    if await _has_tickets(now):
        return
    begun = max(now - LONGEST, local_moment(local_date(now), time()))
    moments = [begun + (now - begun) * step / STEPS for step in range(1, STEPS + 1)]
    crew = [(await _actor(name), await _window(line)) for name, line, _ in AT_WINDOWS]
    for actor, window in crew:
        await queue.sit_down(actor, window.id, begun)
    clerk = crew[0][0]
    for step, moment in enumerate(moments):
        await _check_in_due(clerk, moment)
        line, item_code, priority = WALK_INS[step % len(WALK_INS)]
        command = WalkIn(office_code=HALL, line=line, item_code=item_code, priority=priority)
        await queue.take_ticket(clerk, command, moment)
        for position, (actor, window) in enumerate(crew):
            await _work(actor, window, step + position, moment)
    await _rest(now)
    await _fetch_a_photo(*crew[0], now)
    await _help_out(crew[1][0], now)
    for (actor, window), (_, _, status) in zip(crew, AT_WINDOWS, strict=True):
        for _ in TicketStatus:
            if await _status(actor, window, now) is not status:
                await _work(actor, window, 1, now)


async def _rest(now: datetime) -> None:
    """One window is on a break."""
    actor, window = await _actor("clerk3"), await _window(Line.EXIT_ENTRY)
    await queue.sit_down(actor, window.id, now)
    rest = TakeBreak(window_id=window.id, reason=PauseReason.REST, length=timedelta(minutes=15))
    await queue.take_break(actor, rest, now)


async def _fetch_a_photo(actor: Actor, window: Window, now: datetime) -> None:
    """Somebody fetches a paper, and the window serves the next."""
    for _ in TicketStatus:
        current = (await queue.workbench(actor, window.id, now)).current
        if current is not None and current.status is TicketStatus.SERVING:
            await queue.park(actor, Park(ticket_id=current.id, note="补拍一寸照片"), now)
            return
        await _work(actor, window, 1, now)


async def _help_out(supervisor: Actor, now: datetime) -> None:
    """The second window serves vehicles as well today."""
    window = next(one for one in await catalog.office_windows(HALL) if one.number == HELPS_OUT)
    lines = tuple(dict.fromkeys((*window.lines, Line.VEHICLE)))
    await queue.move_window(supervisor, MoveWindow(window_id=window.id, lines=lines), now)


async def _has_tickets(now: datetime) -> bool:
    board = await queue.board(HALL, now)
    return bool(board.waiting or board.calling or board.serving or board.past)


async def _actor(username: str) -> Actor:
    member = await identity.staff_by_username(username)
    return Actor(kind=ActorKind.STAFF, id=member.id, roles=member.roles)


async def _window(line: Line) -> Window:
    """The last window of a line: the first is left to whoever tries the demonstration."""
    windows = await catalog.office_windows(HALL)
    return [window for window in windows if line in window.lines][-1]


async def _check_in_due(clerk: Actor, moment: datetime) -> None:
    """Every other person with an appointment comes, when check-in opens."""
    for booked in (await appointments.expected_today(HALL, moment))[::2]:
        if booked.starts_at - queue.CHECK_IN_OPENS <= moment <= booked.ends_at:
            command = CheckIn(office_code=HALL, reference=booked.reference)
            await queue.check_in(clerk, command, moment)
            return


async def _status(actor: Actor, window: Window, now: datetime) -> TicketStatus | None:
    current = (await queue.workbench(actor, window.id, now)).current
    return current.status if current else None


async def _work(actor: Actor, window: Window, step: int, moment: datetime) -> None:
    """Call, start and finish in turn; every seventh number is missed."""
    bench = await queue.workbench(actor, window.id, moment)
    if bench.current is None:
        await queue.call_next(actor, window.id, moment)
    elif bench.current.started_at is not None:
        await queue.finish(actor, bench.current.id, moment)
    elif step % EVERY_MISSED == 0:
        await queue.skip(actor, bench.current.id, moment)
    else:
        await queue.start(actor, bench.current.id, moment)
