"""The area's records. A partner's person is known to it by the row's own key and nothing else."""

from piccolo.columns import UUID, Array, Bytea, Date, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from services.kernel.columns import Sealed


class Partner(Table, tablename="partner"):
    """A platform that books for people. `contact` is a mail address."""

    id = UUID(primary_key=True, default=None)
    name = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    contact = Sealed(null=True)
    requests_a_minute = Integer(null=False, default=None)
    bookings_a_day = Integer(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    deactivated_at = Timestamptz(null=True, default=None)


class PartnerKey(Table, tablename="partner_key"):
    """An API key, known only by its keyed digest and its first characters."""

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(null=False, default=None)
    label = Text(null=False, default=None)
    prefix = Text(null=False, default=None)
    digest = Bytea(null=False, default=None)
    scopes = Array(Text(), null=False, default=None)
    office_code = Text(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    last_used_on = Date(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class PartnerPerson(Table, tablename="partner_person"):
    """Somebody who has agreed that the partner acts for them, until they withdraw it."""

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    consented_at = Timestamptz(null=False, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)


class PartnerBooking(Table, tablename="partner_booking"):
    """An appointment that a partner has made."""

    appointment_id = UUID(primary_key=True, default=None)
    partner_id = UUID(null=False, default=None)
    partner_person_id = UUID(null=False, default=None)


class PartnerDay(Table, tablename="partner_day"):
    """A partner's bookings of one day."""

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(null=False, default=None)
    day = Date(null=False, default=None)
    bookings = Integer(null=False, default=None)
    allowed = Integer(null=False, default=None)


class WebhookEndpoint(Table, tablename="webhook_endpoint"):
    """An address that is told of events. `succeeded_at` is kept to the minute.

    Nothing is sent to it before `resting_until`: it has asked for that.
    """

    id = UUID(primary_key=True, default=None)
    partner_id = UUID(null=False, default=None)
    url = Text(null=False, default=None)
    event_types = Array(Text(), null=False, default=None)
    secret = Sealed()
    previous_secret = Sealed(null=True)
    previous_until = Timestamptz(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    succeeded_at = Timestamptz(null=True, default=None)
    resting_until = Timestamptz(null=True, default=None)
    disabled_at = Timestamptz(null=True, default=None)
    disabled_reason = Text(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)


class WebhookDelivery(Table, tablename="webhook_delivery"):
    """One event for one endpoint: what is sent, and what became of the last try."""

    id = UUID(primary_key=True, default=None)
    endpoint_id = UUID(null=False, default=None)
    event_id = UUID(null=False, default=None)
    event_type = Text(null=False, default=None)
    body = Text(null=False, default=None)
    status = Text(null=False, default=None)
    attempts = SmallInt(null=False, default=None)
    response_status = SmallInt(null=True, default=None)
    duration_ms = Integer(null=True, default=None)
    error = Text(null=True, default=None)
    created_at = Timestamptz(null=False, default=None)
    attempted_at = Timestamptz(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)
