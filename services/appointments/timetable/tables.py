"""The room's records. The SQL migrations are the schema."""

from piccolo.columns import (
    UUID,
    Date,
    Integer,
    SmallInt,
    Text,
    Time,
    Timestamptz,
)
from piccolo.table import Table


class Schedule(Table, tablename="schedule"):
    """A weekly stretch of equal slots for one line at one office; local clock times."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    line = Text(null=False, default=None)
    weekday = SmallInt(null=False, default=None)
    starts = Time(null=False, default=None)
    ends = Time(null=False, default=None)
    slot_minutes = SmallInt(null=False, default=None)
    seats = SmallInt(null=False, default=None)
    kept_telephone = SmallInt(null=False, default=None)
    kept_green_channel = SmallInt(null=False, default=None)
    kept_on_site = SmallInt(null=False, default=None)
    valid_from = Date(null=False, default=None)
    valid_until = Date(null=True, default=None)


class ScheduleException(Table, tablename="schedule_exception"):
    """What differs from the weekly schedules for some days; local clock times."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    line = Text(null=True, default=None)
    window_id = UUID(null=True, default=None)
    first_day = Date(null=False, default=None)
    last_day = Date(null=False, default=None)
    starts = Time(null=False, default=None)
    ends = Time(null=False, default=None)
    seats_change = SmallInt(null=True, default=None)
    slot_minutes = SmallInt(null=True, default=None)
    seats = SmallInt(null=True, default=None)
    kept_telephone = SmallInt(null=True, default=None)
    kept_green_channel = SmallInt(null=True, default=None)
    kept_on_site = SmallInt(null=True, default=None)
    note_zh = Text(null=False, default=None)
    note_en = Text(null=False, default=None)


class ClosureRow(Table, tablename="closure"):
    """A change that takes seats away from people, and what is done about them."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    change = Text(null=False, default=None)
    treatment = Text(null=False, default=None)
    within_days = SmallInt(null=False, default=None)
    note_zh = Text(null=True, default=None)
    note_en = Text(null=True, default=None)
    status = Text(null=False, default=None)
    started_by = UUID(null=True, default=None)
    started_at = Timestamptz(null=False, default=None)
    done_at = Timestamptz(null=True, default=None)


class Displacement(Table, tablename="displacement"):
    """One appointment of a closure; handled once."""

    id = UUID(primary_key=True, default=None)
    closure_id = UUID(null=False, default=None)
    appointment_id = UUID(null=False, default=None)
    position = Integer(null=False, default=None)
    from_slot_id = UUID(null=False, default=None)
    from_starts_at = Timestamptz(null=False, default=None)
    status = Text(null=False, default=None)
    to_slot_id = UUID(null=True, default=None)
    priority_until = Timestamptz(null=True, default=None)
    reason = Text(null=True, default=None)
    handled_at = Timestamptz(null=True, default=None)
