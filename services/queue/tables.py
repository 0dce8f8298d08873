"""The queue's tables, private to the area. The SQL migrations are the schema."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Bytea,
    Date,
    Integer,
    SmallInt,
    Text,
    Time,
    Timestamptz,
)
from piccolo.table import Table

from services.kernel.columns import Sealed


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
    in_line_at = Timestamptz(null=False, default=None)
    window_id = UUID(null=True, default=None)
    called_by = UUID(null=True, default=None)
    called_at = Timestamptz(null=True, default=None)
    recalled_at = Timestamptz(null=True, default=None)
    call_count = SmallInt(null=False, default=None)
    returned_at = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    parked_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    note = Sealed(null=True)
    outcome = Text(null=True, default=None)
    for_window_id = UUID(null=True, default=None)
    version = Integer(null=False, default=None)


class TicketStint(Table, tablename="ticket_stint"):
    """What a ticket had at a window before the one where it is, or ended."""

    id = UUID(primary_key=True, default=None)
    ticket_id = UUID(null=False, default=None)
    office_code = Text(null=False, default=None)
    day = Date(null=False, default=None)
    line = Text(null=False, default=None)
    window_id = UUID(null=False, default=None)
    called_by = UUID(null=False, default=None)
    in_line_at = Timestamptz(null=False, default=None)
    called_at = Timestamptz(null=False, default=None)
    started_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=False, default=None)
    ending = Text(null=False, default=None)
    version = Integer(null=False, default=None)


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


class WindowAct(Table, tablename="window_act"):
    """The last act of a window, and the ticket as it was before; what an undo goes back to."""

    window_id = UUID(primary_key=True, default=None)
    ticket_id = UUID(null=False, default=None)
    act = Text(null=False, default=None)
    acted_by = UUID(null=False, default=None)
    acted_at = Timestamptz(null=False, default=None)
    before = JSONB(null=False, default=None)
    version = Integer(null=False, default=None)


class WindowPause(Table, tablename="window_pause"):
    """A time in which a window calls nobody; open while `ended_at` is empty."""

    id = UUID(primary_key=True, default=None)
    window_id = UUID(null=False, default=None)
    reason = Text(null=False, default=None)
    paused_by = UUID(null=False, default=None)
    began_at = Timestamptz(null=False, default=None)
    expected_until = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)


class WindowAssignment(Table, tablename="window_assignment"):
    """Lines that a window serves for a time instead of the catalogue's."""

    id = UUID(primary_key=True, default=None)
    window_id = UUID(null=False, default=None)
    lines = Array(base_column=Text(), null=False, default=None)
    valid_from = Timestamptz(null=False, default=None)
    valid_until = Timestamptz(null=True, default=None)
    assigned_by = UUID(null=False, default=None)


class KioskRow(Table, tablename="kiosk"):
    """A device that gives out numbers at one office, and the digests of what it is known by."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    label = Text(null=False, default=None)
    setup_digest = Bytea(null=True, default=None)
    setup_until = Timestamptz(null=False, default=None)
    token_digest = Bytea(null=True, default=None)
    created_by = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    opened_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class TicketNudge(Table, tablename="ticket_nudge"):
    """Somebody wants a text message when their turn is near; `sent_at` once it was told."""

    id = UUID(primary_key=True, default=None)
    ticket_id = UUID(null=False, default=None)
    asked_at = Timestamptz(null=False, default=None)
    sent_at = Timestamptz(null=True, default=None)


class BoardScreenRow(Table, tablename="board_screen"):
    """A screen that hangs in a hall, and how it shows and sounds."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=False, default=None)
    name = Text(null=False, default=None)
    layout = Text(null=False, default=None)
    voices = Text(null=False, default=None)
    volume = SmallInt(null=False, default=None)
    quiet_from = Time(null=True, default=None)
    quiet_until = Time(null=True, default=None)
    changed_at = Timestamptz(null=False, default=None)
