"""What one can get done, where, and when the doors are open.

What is imported here is public; anything else is private to the area.
"""

from services.catalog.calendar import DayKind
from services.catalog.definitions import Fee, Item, Limit, Material, OpeningException, Period, Text
from services.catalog.distance import kilometres_between
from services.catalog.errors import (
    CONSTRAINTS,
    ItemUnknown,
    OfficeUnknown,
    PeriodsWrong,
    WindowNumberTaken,
    WindowUnknown,
    WindowWrong,
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
    opening_days,
    opening_periods,
    openings,
    weekly_hours,
    window,
)
from services.catalog.opening import (
    SetCalendarDay,
    SetOpeningException,
    remove_opening_exception,
    set_calendar_day,
    set_opening_exception,
)
from services.catalog.premises import (
    KnownWindow,
    SetOffice,
    SetWeek,
    SetWindow,
    all_windows,
    set_office,
    set_week,
    set_window,
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
from services.catalog.working_days import (
    add_working_days,
    day_kinds,
    entered_days,
    working_day,
    working_days_ahead,
)
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)
