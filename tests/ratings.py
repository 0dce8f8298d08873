"""Makes finished visits, and low grades, through the areas' operations."""

from datetime import datetime

from services import queue, ratings
from services.appointments import Appointment
from services.catalog import Line, Window
from services.kernel.actor import ANONYMOUS, Actor, RoleAt
from services.queue import Ticket
from services.ratings import Grade, Rate, Rating
from tests.bookings import NOW, OFFICE, booked, slots
from tests.people import citizen_actor, named_person, new_staff, staff_actor
from tests.queues import MORNING, NINE, checked_in, later, seated, walk_in, windows


async def served(actor: Actor, window: Window, ticket: Ticket, now: datetime = MORNING) -> Ticket:
    """The ticket once its business is done at the clerk's window."""
    called = await queue.call_next(actor, window.id, now)
    assert called is not None
    assert called.id == ticket.id
    await queue.start(actor, ticket.id, now)
    return await queue.finish(actor, ticket.id, now)


async def visit(*, named: bool = True) -> Ticket:
    """A finished visit of somebody with an appointment, or of somebody who took a number."""
    free = [one for one in await windows() if Line.HOUSEHOLD in one.lines]
    window = free[0]
    actor = await seated(window)
    ticket = await checked_in(actor, await _booked()) if named else await walk_in(actor)
    done = await served(actor, window, ticket)
    await queue.leave(actor, window.id, later(1))
    return done


async def _booked() -> Appointment:
    """Nine o'clock, of somebody with a phone."""
    slot = next(one for one in await slots() if one.starts_at == NINE)
    return await booked(citizen_actor(await named_person(NOW)), slot.id)


async def complained(ticket: Ticket, *, anonymous: bool = False, now: datetime = MORNING) -> Rating:
    """The lowest grade for a visit."""
    command = Rate(
        ticket_id=ticket.id,
        grade=Grade.VERY_DISSATISFIED,
        comment="等了两个小时",
        anonymous=anonymous,
    )
    await ratings.rate(ANONYMOUS, command, now)
    found = await ratings.rating_of(ticket.id)
    assert found is not None
    return found


async def supervisor(office_code: str | None = OFFICE, role: str = "supervisor") -> Actor:
    """Somebody who answers complaints."""
    held = RoleAt(role, office_code)
    return staff_actor(await new_staff(MORNING, held), held)


async def clerk_at_work() -> Actor:
    """Somebody who gives out numbers."""
    return await seated((await windows())[0])
