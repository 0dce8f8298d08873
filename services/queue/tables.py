"""The queue's tables, private to the area. The SQL migrations are the schema."""

from piccolo.columns import UUID, Date, SmallInt, Text, Timestamptz
from piccolo.table import Table


class TicketRow(Table, tablename="ticket"):
    """One number given out at an office on one day."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    line = Text(null=False, default=None)
    day = Date(null=False, default=None)
    number = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    priority = Text(null=False, default=None)
    status = Text(null=False, default=None)
    appointment_id = UUID(null=True, default=None)
    item_code = Text(null=True, default=None)
    person_id = UUID(null=True, default=None)
    checked_in_at = Timestamptz(null=False, default=None)
    order_at = Timestamptz(null=False, default=None)
    window_id = UUID(null=True, default=None)
    called_by = UUID(null=True, default=None)
    called_at = Timestamptz(null=True, default=None)
    recalled_at = Timestamptz(null=True, default=None)
    call_count = SmallInt(null=False, default=None)
    returned_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)


class TicketCounter(Table, tablename="ticket_counter"):
    """The last number that a line has given out on a day."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    day = Date(null=False, default=None)
    line = Text(null=False, default=None)
    last = SmallInt(null=False, default=None)


class WindowSession(Table, tablename="window_session"):
    """A clerk's time at a window; open while `left_at` is empty."""

    id = UUID(primary_key=True, default=None)
    window_id = UUID(null=False, default=None)
    staff_id = UUID(null=False, default=None)
    sat_down_at = Timestamptz(null=False, default=None)
    left_at = Timestamptz(null=True, default=None)
