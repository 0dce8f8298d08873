"""A ticket leaves its window before the business is done: for a paper, or for another window.

Locks are taken in this order: the clerk's seat at the window (shared), the ticket. See
docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import catalog
from services.catalog import Line
from services.kernel.actor import Actor
from services.kernel.unit_of_work import current, unit_of_work
from services.queue.assignments import window as window_now
from services.queue.errors import LineNotServed, SamePlace
from services.queue.states import Act, TicketStatus
from services.queue.steps import (
    BACK_IN_LINE,
    change,
    hold,
    hold_at_window,
    remember,
    sealed_note,
)
from services.queue.stints import keep_stint
from services.queue.tickets import Ticket, ticket


class Park(Struct, frozen=True, kw_only=True):
    """The person fetches something; `note` says what, for whoever serves them next."""

    ticket_id: UUID
    note: str = ""


class Transfer(Struct, frozen=True, kw_only=True):
    """To a window of the same office, or to a line: exactly one of them is given."""

    ticket_id: UUID
    window_id: UUID | None = None
    line: Line | None = None
    note: str = ""


async def park(actor: Actor, command: Park, now: datetime) -> Ticket:
    """Let somebody fetch a copy or a photo while the window serves others.

    They keep their place, and are called first at this window when they are back. Raises
    TicketMoved, NotAtWindow or NotFound.
    """
    expected = frozenset({TicketStatus.SERVING})
    async with unit_of_work():
        held = await hold_at_window(actor, command.ticket_id, expected)
        changed = await change(
            held,
            expected,
            "status = 'parked', parked_at = $3, note = coalesce($4, note)",
            now,
            sealed_note(command.ticket_id, command.note),
        )
        return await remember(actor, Act.PARKED, held, changed, now)


async def resume(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Somebody is back with the paper: next at the window where they were served before.

    Should that window be left or paused, any window of the line calls them. Any clerk of the
    office may say so. Raises TicketMoved or NotFound.
    """
    expected = frozenset({TicketStatus.PARKED})
    async with unit_of_work():
        held = await hold(actor, ticket_id)
        await keep_stint(held, now)
        changed = await change(
            held, expected, f"for_window_id = window_id, in_line_at = $3, {BACK_IN_LINE}", now
        )
        return await remember(actor, Act.RESUMED, held, changed, now)


async def transfer(actor: Actor, command: Transfer, now: datetime) -> Ticket:
    """Hand a ticket on to another window or line. It keeps its number and its place by time.

    Raises:
        LineNotServed: The office does not have the line.
        SamePlace: It is there already.
        TicketMoved, NotAtWindow, NotFound, WindowUnknown: As the name says.
    """
    expected = TicketStatus.at_window()
    found = await ticket(command.ticket_id)
    line = await _line_at(found, command, now)
    async with unit_of_work():
        held = await hold_at_window(actor, command.ticket_id, expected)
        await keep_stint(held, now)
        changed = await change(
            held,
            expected,
            "line = $3, for_window_id = $4, note = coalesce($5, note), in_line_at = $6,"
            + BACK_IN_LINE,
            line,
            command.window_id,
            sealed_note(command.ticket_id, command.note),
            now,
        )
        return await remember(
            actor,
            Act.TRANSFERRED,
            held,
            changed,
            now,
            line=line.value,
            window=await _number(command.window_id),
        )


async def _line_at(found: Ticket, command: Transfer, now: datetime) -> Line:
    """The line in which the ticket waits from now on."""
    if command.window_id is None:
        office = await catalog.office(found.office_code)
        if command.line is None or command.line not in office.lines:
            raise LineNotServed
        if command.line is found.line:
            raise SamePlace
        return command.line
    if command.window_id == found.window_id:
        raise SamePlace
    window = await window_now(command.window_id, now)
    if window.office_code != found.office_code:
        raise catalog.WindowUnknown
    return found.line if found.line in window.lines else window.lines[0]


async def _number(window_id: UUID | None) -> int | None:
    if window_id is None:
        return None
    number: int = await current().fetchval(
        "SELECT number FROM office_window WHERE id = $1", window_id
    )
    return number
