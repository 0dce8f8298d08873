"""The closed word lists of the catalogue. An item has no life cycle, so there is no TRANSITIONS."""

from collections.abc import Mapping
from enum import StrEnum

from services.kernel.i18n import N_


class Line(StrEnum):
    """A line of business; windows serve lines. In the order in which pages list them."""

    HOUSEHOLD = "household"
    VEHICLE = "vehicle"
    EXIT_ENTRY = "exit_entry"
    FIRM = "firm"


LINE_NAMES: Mapping[Line, str] = {
    Line.HOUSEHOLD: N_("Household"),
    Line.VEHICLE: N_("Vehicles and licences"),
    Line.EXIT_ENTRY: N_("Exit and entry"),
    Line.FIRM: N_("For firms"),
}

# By ISO number.
WEEKDAY_NAMES: Mapping[int, str] = {
    1: N_("Monday"),
    2: N_("Tuesday"),
    3: N_("Wednesday"),
    4: N_("Thursday"),
    5: N_("Friday"),
    6: N_("Saturday"),
    7: N_("Sunday"),
}


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
