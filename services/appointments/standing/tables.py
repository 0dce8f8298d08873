"""The room's records. The SQL migrations are the schema."""

from piccolo.columns import (
    UUID,
    Bytea,
    Date,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from services.kernel.columns import Sealed


class BookingPenalty(Table, tablename="booking_penalty"):
    """A stretch of time in which a person may not book; lifted when it was wrong."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(null=False, default=None)
    document_key = Bytea(null=True, default=None)
    phone_key = Bytea(null=True, default=None)
    reason = Text(null=False, default=None)
    office_code = Text(null=False, default=None)
    imposed_at = Timestamptz(null=False, default=None)
    blocked_until = Timestamptz(null=False, default=None)
    lifted_at = Timestamptz(null=True, default=None)


class BookingStrike(Table, tablename="booking_strike"):
    """A missed or cancelled appointment that counts against somebody."""

    id = UUID(primary_key=True, default=None)
    kind = Text(null=False, default=None)
    appointment_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    document_key = Bytea(null=True, default=None)
    phone_key = Bytea(null=True, default=None)
    item_code = Text(null=False, default=None)
    booked_on = Date(null=False, default=None)
    struck_at = Timestamptz(null=False, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)
    penalty_id = UUID(null=True, default=None)
    party_id = UUID(null=True, default=None)


class BookingAppeal(Table, tablename="booking_appeal"):
    """What a person says against a penalty, and the answer."""

    id = UUID(primary_key=True, default=None)
    penalty_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    office_code = Text(null=False, default=None)
    status = Text(null=False, default=None)
    words = Sealed()
    answer = Sealed(null=True)
    written_at = Timestamptz(null=False, default=None)
    answered_at = Timestamptz(null=True, default=None)
    answered_by = UUID(null=True, default=None)


class BookingEmergency(Table, tablename="booking_emergency"):
    """A time in which nobody is penalised, at one office or everywhere."""

    id = UUID(primary_key=True, default=None)
    office_code = Text(null=True, default=None)
    starts_at = Timestamptz(null=False, default=None)
    ends_at = Timestamptz(null=True, default=None)
    reason_zh = Text(null=False, default=None)
    reason_en = Text(null=False, default=None)
    declared_at = Timestamptz(null=False, default=None)
