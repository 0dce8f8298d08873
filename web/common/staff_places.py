"""The staff's places: who may open which, and where somebody lands who has signed in."""

from msgspec import Struct

from services.appointments import APPEAL_ROLES, BOOKING_ROLES, CLOSING_ROLES
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.i18n import N_
from services.queue import DESK_ROLES, FIGURE_ROLES
from services.ratings import COMPLAINT_ROLES

STAFF_HOME = "/staff"


class Place(Struct, frozen=True):
    """One entry of the staff's navigation; `name` is a msgid, `roles` may open it.

    `beside` are the beginnings of further addresses that belong to it.
    """

    name: str
    address: str
    roles: tuple[Role, ...]
    beside: tuple[str, ...] = ()

    def reach(self, path: str) -> int:
        """How much of `path` is this place's own address: 0 for somewhere else."""
        return max(
            (
                len(start)
                for start in (self.address, *self.beside)
                if path == start or path.startswith(f"{start}/")
            ),
            default=0,
        )


DESK = Place(N_("Desk"), "/desk", DESK_ROLES)
PEOPLE = Place(
    N_("People"), "/staff/people", (Role.CLERK, Role.SUPERVISOR, Role.TELEPHONE_OPERATOR)
)
FIGURES = Place(N_("Statistics"), "/staff/figures", FIGURE_ROLES)
COMPLAINTS = Place(N_("Complaints"), "/staff/complaints", COMPLAINT_ROLES)
TIMETABLE = Place(
    N_("Timetable"),
    "/admin/calendar",
    CLOSING_ROLES,
    (
        "/admin/changes",
        "/admin/closures",
        "/admin/halls",
        "/admin/schedules",
        "/admin/working-days",
    ),
)
APPEALS = Place(N_("Appeals"), "/staff/appeals", APPEAL_ROLES)
PHONE_BOOKING = Place(N_("Book for people"), "/desk/book", BOOKING_ROLES)
ADMINISTRATION = Place(N_("Administration"), "/admin", (Role.ADMINISTRATOR, Role.AUDITOR))


def places(actor: Actor) -> list[Place]:
    """What this actor may open, the place where most of their work is first."""
    return [
        place
        for place in (
            DESK,
            PHONE_BOOKING,
            PEOPLE,
            ADMINISTRATION,
            TIMETABLE,
            FIGURES,
            COMPLAINTS,
            APPEALS,
        )
        if actor.has_role(*place.roles)
    ]


def here(actor: Actor, path: str) -> Place | None:
    """The place that a page belongs to: the one whose address goes furthest along its path."""
    reached = max(places(actor), key=lambda place: place.reach(path), default=None)
    return reached if reached and reached.reach(path) else None


def landing(actor: Actor) -> str:
    """Where somebody starts work: their first place, or the page that says there is none yet."""
    own = places(actor)
    return own[0].address if own else STAFF_HOME
