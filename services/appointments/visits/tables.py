"""The room's records. The SQL migrations are the schema."""

from piccolo.columns import (
    UUID,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from services.kernel.columns import Sealed


class Party(Table, tablename="party"):
    """A family, or a firm's group, that comes together."""

    id = UUID(primary_key=True, default=None)
    kind = Text(null=False, default=None)
    organiser_id = UUID(null=False, default=None)
    firm_agent_id = UUID(null=True, default=None)
    size = SmallInt(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)


class GroupMember(Table, tablename="group_member"):
    """The phone that a firm gave for one of its people."""

    id = UUID(primary_key=True, default=None)
    appointment_id = UUID(null=False, default=None)
    phone = Sealed()


class GroupDraft(Table, tablename="group_draft"):
    """A firm's list of people that waits to be confirmed."""

    id = UUID(primary_key=True, default=None)
    organiser_id = UUID(null=False, default=None)
    firm_agent_id = UUID(null=False, default=None)
    item_code = Text(null=False, default=None)
    office_code = Text(null=False, default=None)
    size = SmallInt(null=False, default=None)
    members = Sealed()
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
