"""What one can get done, where, and when the doors are open.

Exported names are public; anything else is private to the area.
"""

from services.catalog.definitions import (
    Fee,
    Item,
    Limit,
    Material,
    OpeningException,
    Period,
    Text,
)
from services.catalog.errors import (
    CONSTRAINTS,
    ItemUnknown,
    OfficeUnknown,
    PeriodsWrong,
    WindowUnknown,
)
from services.catalog.hours import Opening
from services.catalog.items import item, items, search_items
from services.catalog.offices import (
    Office,
    Window,
    exceptions,
    office,
    office_windows,
    offices,
    opening_periods,
    openings,
    weekly_hours,
    window,
)
from services.catalog.opening import (
    SetCalendarDay,
    SetOpeningException,
    set_calendar_day,
    set_opening_exception,
)
from services.catalog.problems import Problem
from services.catalog.source import Catalogue, CatalogueInvalid, read_catalogue
from services.catalog.states import (
    LINE_NAMES,
    WEEKDAY_NAMES,
    Category,
    LimitUnit,
    Line,
    MaterialForm,
    Mode,
)
from services.catalog.sync import Synced, sync
from services.catalog.working_days import add_working_days, working_day, working_days_ahead
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)

__all__ = [
    "LINE_NAMES",
    "WEEKDAY_NAMES",
    "Catalogue",
    "CatalogueInvalid",
    "Category",
    "Fee",
    "Item",
    "ItemUnknown",
    "Limit",
    "LimitUnit",
    "Line",
    "Material",
    "MaterialForm",
    "Mode",
    "Office",
    "OfficeUnknown",
    "Opening",
    "OpeningException",
    "Period",
    "PeriodsWrong",
    "Problem",
    "SetCalendarDay",
    "SetOpeningException",
    "Synced",
    "Text",
    "Window",
    "WindowUnknown",
    "add_working_days",
    "exceptions",
    "item",
    "items",
    "office",
    "office_windows",
    "offices",
    "opening_periods",
    "openings",
    "read_catalogue",
    "search_items",
    "set_calendar_day",
    "set_opening_exception",
    "sync",
    "weekly_hours",
    "window",
    "working_day",
    "working_days_ahead",
]
