"""The room's records. The SQL migrations are the schema."""

from piccolo.columns import (
    UUID,
    Integer,
    SmallInt,
    Text,
    Time,
)
from piccolo.table import Table


class BookingRule(Table, tablename="booking_rule"):
    """What an office, a line, or a line at an office does differently from the defaults."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=True, default=None)
    line = Text(null=True, default=None)
    days_ahead = SmallInt(null=False, default=None)
    release_at = Time(null=False, default=None)
    hold_minutes = SmallInt(null=False, default=None)
    cancel_until_minutes = SmallInt(null=False, default=None)
    return_min_minutes = SmallInt(null=False, default=None)
    return_max_minutes = SmallInt(null=False, default=None)
    days_before = SmallInt(null=False, default=None)
    fair_start_seconds = SmallInt(null=False, default=None)
    offer_minutes = SmallInt(null=False, default=None)
    hold_extensions = SmallInt(null=False, default=None)
    per_day_and_line = SmallInt(null=False, default=None)
    no_shows = SmallInt(null=False, default=None)
    no_shows_days = SmallInt(null=False, default=None)
    bookings_a_day = SmallInt(null=False, default=None)
    cancellations = SmallInt(null=False, default=None)
    cancellations_days = SmallInt(null=False, default=None)
    blocked_days = SmallInt(null=False, default=None)
    version = Integer(null=False, default=None)
