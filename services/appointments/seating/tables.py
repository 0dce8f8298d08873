"""The room's records. The SQL migrations are the schema."""

from piccolo.columns import (
    UUID,
    Boolean,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.table import Table


class Slot(Table, tablename="slot"):
    """A stretch of time at one office for one line; its seats are what can be booked."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    line = Text(null=False, default=None)
    starts_at = Timestamptz(null=False, default=None)
    ends_at = Timestamptz(null=False, default=None)
    released_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


class Seat(Table, tablename="seat"):
    """One unit of a slot's capacity: the row that a booking locks."""

    id = UUID(primary_key=True, default=None)
    slot_id = UUID(null=False, default=None)
    number = SmallInt(null=False, default=None)
    share = Text(null=False, default=None)
    state = Text(null=False, default=None)
    held_until = Timestamptz(null=True, default=None)
    returns_at = Timestamptz(null=True, default=None)
    leaving = Boolean(null=False, default=None)
    extra_of = UUID(null=True, default=None)


class UnmetDemand(Table, tablename="unmet_demand"):
    """How many people found every seat of a slot taken."""

    slot_id = UUID(primary_key=True, default=None)
    people = Integer(null=False, default=None)
