"""The kernel's own records."""

from piccolo.columns import JSONB, UUID, SmallInt, Text, Timestamptz
from piccolo.table import Table


class OutboxEvent(Table, tablename="outbox_event"):
    """A side effect that is due, or what became of it."""

    id = UUID(primary_key=True, default=None)
    topic = Text(null=False, default=None)
    payload = JSONB(null=False, default=None)
    status = Text(null=False, default=None)
    attempts = SmallInt(null=False, default=None)
    available_at = Timestamptz(null=False, default=None)
    lease = UUID(null=True, default=None)
    leased_until = Timestamptz(null=True, default=None)
    done_at = Timestamptz(null=True, default=None)
    last_error = Text(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
