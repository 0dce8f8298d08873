"""The room's records. The SQL migrations are the schema."""

from piccolo.columns import (
    UUID,
    Date,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.table import Table


class WaitlistEntry(Table, tablename="waitlist_entry"):
    """Somebody who wants a seat that is not there, and the hold of one that is offered."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(null=False, default=None)
    item_code = Text(null=False, default=None)
    line = Text(null=False, default=None)
    minutes = SmallInt(null=False, default=None)
    status = Text(null=False, default=None)
    first_day = Date(null=False, default=None)
    last_day = Date(null=False, default=None)
    hold_id = UUID(null=True, default=None)
    offered_until = Timestamptz(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    closed_at = Timestamptz(null=True, default=None)


class WaitlistOffice(Table, tablename="waitlist_office"):
    """An office that an entry would go to."""

    id = UUID(primary_key=True, default=None)
    entry_id = UUID(null=False, default=None)
    office_code = Text(null=False, default=None)
