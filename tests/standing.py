"""People who miss and cancel what they booked, through the areas' own operations."""

from datetime import date, datetime, timedelta

from services import appointments
from services.appointments import Appointment, Standing
from services.catalog import Line
from services.kernel.actor import SYSTEM, Actor, ActorKind, RoleAt
from services.kernel.clock import local_moment
from services.kernel.database import fetchval
from services.kernel.ids import new_id
from tests.bookings import NOW, OFFICE, TODAY, booked, open_hall, slots

ADMINISTRATOR = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("administrator"),))
SUPERVISOR = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("supervisor", OFFICE),))
ELSEWHERE = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("supervisor", "donge"),))

# A household item for each appointment that somebody makes on one of the days.
ITEMS = ("id-card-renew", "move-in", "move-out", "birth-registration", "entry-change")


async def open_halls() -> None:
    """Household and vehicle windows, enough seats for everybody."""
    await open_hall(seats=10)
    await open_hall(line=Line.VEHICLE, seats=10)


async def appointed(citizen: Actor, number: int = 0, *, now: datetime = NOW) -> Appointment:
    """One of several appointments, each on a working day of its own from tomorrow on."""
    day = days()[number]
    [first, *_] = await slots(day, now=now, item_code=ITEMS[number])
    return await booked(citizen, first.id, item_code=ITEMS[number], now=now)


def days() -> list[date]:
    """Tomorrow and the next working days."""
    return [TODAY + timedelta(days=one) for one in (1, 2, 3, 4)]


def evening(appointment: Appointment) -> datetime:
    """When the hall has closed on the day of an appointment."""
    return local_moment(appointment.starts_at.date(), datetime.max.time().replace(microsecond=0))


async def missed(citizen: Actor, number: int = 0) -> Appointment:
    """An appointment to which nobody came."""
    made = await appointed(citizen, number)
    return await appointments.mark_no_show(SYSTEM, made.id, evening(made))


async def cancelled(citizen: Actor, number: int = 0, *, now: datetime = NOW) -> Appointment:
    """An appointment that its holder has given back."""
    made = await appointed(citizen, number, now=now)
    return await appointments.cancel(citizen, made.reference, now)


async def standing_of(citizen: Actor, now: datetime = NOW + timedelta(days=7)) -> Standing:
    """Where somebody stands after that week."""
    return await appointments.standing(citizen, now)


async def published(topic: str) -> int:
    """How many events of a topic were written."""
    return int(await fetchval("SELECT count(*) FROM outbox_event WHERE topic = $1", topic))
