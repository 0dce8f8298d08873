"""The area's records. The SQL migrations are the schema."""

from piccolo.columns import UUID, Boolean, Date, SmallInt, Text, Timestamptz
from piccolo.table import Table

from services.kernel.columns import Sealed


class RatingRow(Table, tablename="rating"):
    """What somebody thought of one visit."""

    id = UUID(primary_key=True, default=None)
    ticket_id = UUID(null=False, default=None)
    office_code = Text(null=False, default=None)
    line = Text(null=False, default=None)
    clerk_id = UUID(null=True, default=None)
    grade = SmallInt(null=False, default=None)
    comment = Sealed(null=True)
    anonymous = Boolean(null=False, default=None)
    person_id = UUID(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)


class ComplaintRow(Table, tablename="complaint"):
    """A low grade that must be answered; `contested_by` gave the answer that was appealed."""

    id = UUID(primary_key=True, default=None)
    rating_id = UUID(null=False, default=None)
    office_code = Text(null=False, default=None)
    status = Text(null=False, default=None)
    opened_at = Timestamptz(null=False, default=None)
    due_on = Date(null=False, default=None)
    overdue_at = Timestamptz(null=True, default=None)
    answer = Sealed(null=True)
    answered_by = UUID(null=True, default=None)
    answered_at = Timestamptz(null=True, default=None)
    appeal = Sealed(null=True)
    appealed_at = Timestamptz(null=True, default=None)
    contested_by = UUID(null=True, default=None)
    decision = Text(null=True, default=None)
    decision_note = Sealed(null=True)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)


class ComplaintCall(Table, tablename="complaint_call"):
    """One try to call the person back."""

    id = UUID(primary_key=True, default=None)
    complaint_id = UUID(null=False, default=None)
    staff_id = UUID(null=False, default=None)
    called_at = Timestamptz(null=False, default=None)
    outcome = Text(null=False, default=None)
    note = Sealed(null=True)


class ComplaintTerm(Table, tablename="complaint_term"):
    """Within how many days an office answers and an appeal is taken; for all if no office."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=True, default=None)
    answer_days = SmallInt(null=False, default=None)
    appeal_days = SmallInt(null=False, default=None)
