"""Makes families who come together."""

from datetime import datetime
from uuid import UUID

from services import appointments, identity
from services.appointments import Appointment, BookVisit
from services.identity import RealName
from services.kernel.actor import Actor
from tests.bookings import ITEM, NOW, named
from tests.people import new_resident_id


async def family(
    citizen: Actor | None = None, *, companions: int = 2, now: datetime = NOW
) -> "Family":
    """A citizen with so many companions."""
    organiser = citizen or await named()
    people = []
    for _ in range(companions):
        details = RealName(name="张小宝", id_type="resident_id", id_number=new_resident_id())
        people.append(await identity.add_companion(organiser, details, now))
    return Family(organiser, tuple(people))


class Family:
    """Who comes with whom."""

    def __init__(self, organiser: Actor, people: tuple[UUID, ...]) -> None:
        self.organiser = organiser
        self.people = people

    async def books(self, slot_id: UUID, *, now: datetime = NOW) -> list[Appointment]:
        """A visit of all of them; everybody's appointment."""
        command = BookVisit(item_code=ITEM, slot_id=slot_id, people=self.people)
        return await appointments.book_visit(self.organiser, command, now)
