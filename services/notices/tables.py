"""The area's one record. Addresses are never in it: they are asked for when it is sent."""

from piccolo.columns import UUID, Text, Timestamptz
from piccolo.table import Table


class Notice(Table, tablename="notice"):
    """One message to one recipient through one channel. `subject_id` is what it speaks of."""

    id = UUID(primary_key=True, default=None)
    event_id = UUID(null=False, default=None)
    kind = Text(null=False, default=None)
    recipient_id = UUID(null=False, default=None)
    channel = Text(null=False, default=None)
    subject_id = UUID(null=False, default=None)
    status = Text(null=False, default=None)
    reason = Text(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    settled_at = Timestamptz(null=True, default=None)
