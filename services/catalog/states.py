"""The closed word lists of the catalogue. An item has no life cycle, so there is no TRANSITIONS."""

from enum import StrEnum


class Line(StrEnum):
    """A line of business; windows serve lines. In the order in which pages list them."""

    HOUSEHOLD = "household"
    VEHICLE = "vehicle"
    EXIT_ENTRY = "exit_entry"
    FIRM = "firm"


class Category(StrEnum):
    """A group of items within one line."""

    ID_CARD = "id_card"
    REGISTER = "register"
    RESIDENCE = "residence"
    LICENCE = "licence"
    VEHICLE_PAPERS = "vehicle_papers"
    INSPECTION = "inspection"
    PASSPORT = "passport"
    PERMIT = "permit"
    FOREIGNER = "foreigner"
    RESUMPTION = "resumption"

    @property
    def line(self) -> Line:
        """The line that this category belongs to."""
        return _LINE_OF[self]


_LINE_OF = {
    Category.ID_CARD: Line.HOUSEHOLD,
    Category.REGISTER: Line.HOUSEHOLD,
    Category.RESIDENCE: Line.HOUSEHOLD,
    Category.LICENCE: Line.VEHICLE,
    Category.VEHICLE_PAPERS: Line.VEHICLE,
    Category.INSPECTION: Line.VEHICLE,
    Category.PASSPORT: Line.EXIT_ENTRY,
    Category.PERMIT: Line.EXIT_ENTRY,
    Category.FOREIGNER: Line.EXIT_ENTRY,
    Category.RESUMPTION: Line.FIRM,
}


class Mode(StrEnum):
    """A way in which an item can be done: the seven of the twenty measures, and by post."""

    URGENT = "urgent"
    PROMPT = "prompt"
    ONLINE = "online"
    BOOKED = "booked"
    ON_SITE = "on_site"
    MAILED = "mailed"
    DEFERRED = "deferred"
    POSTPONED = "postponed"


class MaterialForm(StrEnum):
    """In which form a material is handed in."""

    ORIGINAL = "original"
    COPY = "copy"
    ELECTRONIC = "electronic"
    FORM = "form"


class LimitUnit(StrEnum):
    """What a time limit counts. Working days leave out the day of acceptance."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
