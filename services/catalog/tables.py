"""The catalogue's tables, private to the area. The SQL migrations are the schema."""

from piccolo.columns import (
    JSONB,
    UUID,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    OnUpdate,
    SmallInt,
    Text,
    Time,
    Timestamptz,
)
from piccolo.table import Table


class TextSearchVector(Column):
    """A `tsvector`, which Piccolo does not know; written and read by SQL alone."""

    value_type = str

    @property
    def column_type(self) -> str:
        """The type's name in PostgreSQL."""
        return "TSVECTOR"


class ItemRow(Table, tablename="item"):
    """One item; `definition` holds the struct, the other columns what SQL filters by."""

    code = Text(primary_key=True, default=None)
    line = Text(null=False, default=None)
    position = Integer(null=False, default=None)
    bookable = Boolean(null=False, default=None)
    offered = Boolean(null=False, default=None)
    definition = JSONB(null=False, default=None)
    search = TextSearchVector(null=False, default=None)


class OfficeRow(Table, tablename="office"):
    """One office; `active` is false once the catalogue no longer lists it.

    `edited_at` is set once an administrator has changed it, its week or its windows.
    """

    code = Text(primary_key=True, default=None)
    position = Integer(null=False, default=None)
    active = Boolean(null=False, default=None)
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)
    district_zh = Text(null=False, default=None)
    district_en = Text(null=False, default=None)
    address_zh = Text(null=False, default=None)
    address_en = Text(null=False, default=None)
    directions_zh = Text(null=False, default=None)
    directions_en = Text(null=False, default=None)
    phone = Text(null=False, default=None)
    location = Text(null=True, default=None)
    edited_at = Timestamptz(null=True, default=None)


class OfficeWindow(Table, tablename="office_window"):
    """One window; it keeps its id while it keeps its number."""

    id = UUID(primary_key=True, default=None)
    office_code = ForeignKey(
        OfficeRow,
        null=False,
        default=None,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
    )
    number = Integer(null=False, default=None)
    active = Boolean(null=False, default=None)
    name_zh = Text(null=False, default=None)
    name_en = Text(null=False, default=None)


class WindowLine(Table, tablename="window_line"):
    """A line that a window serves."""

    id = UUID(primary_key=True, default=None)
    window_id = ForeignKey(
        OfficeWindow,
        null=False,
        default=None,
        on_delete=OnDelete.cascade,
        on_update=OnUpdate.restrict,
    )
    line = Text(null=False, default=None)


class OpeningPeriod(Table, tablename="opening_period"):
    """A period of an office's ordinary week (1 is Monday), local time."""

    id = UUID(primary_key=True, default=None)
    office_code = ForeignKey(
        OfficeRow, null=False, default=None, on_delete=OnDelete.cascade, on_update=OnUpdate.restrict
    )
    weekday = SmallInt(null=False, default=None)
    opens = Time(null=False, default=None)
    closes = Time(null=False, default=None)


class OpeningExceptionRow(Table, tablename="opening_exception"):
    """A day on which an office keeps other hours; closed if it has no periods."""

    id = UUID(primary_key=True, default=None)
    office_code = ForeignKey(
        OfficeRow, null=False, default=None, on_delete=OnDelete.cascade, on_update=OnUpdate.restrict
    )
    day = Date(null=False, default=None)
    origin = Text(null=False, default=None)
    note_zh = Text(null=False, default=None)
    note_en = Text(null=False, default=None)


class ExceptionPeriod(Table, tablename="exception_period"):
    """A period of an exceptional day, local time."""

    id = UUID(primary_key=True, default=None)
    exception_id = ForeignKey(
        OpeningExceptionRow,
        null=False,
        default=None,
        on_delete=OnDelete.cascade,
        on_update=OnUpdate.restrict,
    )
    opens = Time(null=False, default=None)
    closes = Time(null=False, default=None)


class CalendarDay(Table, tablename="calendar_day"):
    """An administrator's word on whether a day is worked, over the published calendar."""

    day = Date(primary_key=True, default=None)
    working = Boolean(null=False, default=None)
    note = Text(null=False, default=None)
