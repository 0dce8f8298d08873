"""The area's records. Sealed columns and digests hold no readable personal data."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.table import Table

from services.kernel.columns import Sealed


class Person(Table, tablename="person"):
    """A citizen: known by a phone, by an identity document, or by both.

    `given_phone_index` is that of the phone which the firm that registered them gave for them:
    whoever proves it, and knows name and document, takes the person over while it has no phone.
    `made_by` is the citizen or member of staff who made the record for them.
    """

    id = UUID(primary_key=True, default=None)
    phone = Sealed(null=True)
    phone_index = Bytea(null=True, default=None)
    id_type = Text(null=True, default=None)
    id_number = Sealed(null=True)
    id_number_index = Bytea(null=True, default=None)
    name = Sealed(null=True)
    email = Sealed(null=True)
    language = Text(null=False, default=None)
    reminders = Boolean(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    real_name_at = Timestamptz(null=True, default=None)
    given_phone_index = Bytea(null=True, default=None)
    made_by = UUID(null=True, default=None)
    made_by_kind = Text(null=True, default=None)


class SignInCode(Table, tablename="sign_in_code"):
    """A one-time code on its way to a phone; the code itself is gone once it is spent."""

    id = UUID(primary_key=True, default=None)
    purpose = Text(null=False, default=None)
    person_id = UUID(null=True, default=None)
    phone = Sealed()
    phone_index = Bytea(null=False, default=None)
    code = Sealed(null=True)
    code_digest = Bytea(null=False, default=None)
    language = Text(null=False, default=None)
    tries = SmallInt(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    spent_at = Timestamptz(null=True, default=None)


class Staff(Table, tablename="staff"):
    """A member of staff. `epoch` rises with every change of what they may do."""

    id = UUID(primary_key=True, default=None)
    username = Text(null=False, default=None)
    display_name = Text(null=False, default=None)
    password_hash = Text(null=False, default=None)
    totp_secret = Sealed(null=True)
    totp_confirmed_at = Timestamptz(null=True, default=None)
    totp_last_step = BigInt(null=False, default=None)
    failed_tries = Integer(null=False, default=None)
    locked_until = Timestamptz(null=True, default=None)
    epoch = Integer(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    deactivated_at = Timestamptz(null=True, default=None)


class StaffRole(Table, tablename="staff_role"):
    """A role somebody holds at one office, or at all of them (office_code null)."""

    id = UUID(primary_key=True, default=None)
    staff_id = UUID(null=False, default=None)
    role = Text(null=False, default=None)
    office_code = Text(null=True, default=None)


class RecoveryCode(Table, tablename="recovery_code"):
    """A code that stands in once for a lost second factor."""

    id = UUID(primary_key=True, default=None)
    staff_id = UUID(null=False, default=None)
    digest = Bytea(null=False, default=None)
    spent_at = Timestamptz(null=True, default=None)


class SignInSession(Table, tablename="sign_in_session"):
    """The fact that somebody is signed in on a device. Redis holds only its id."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(null=True, default=None)
    staff_id = UUID(null=True, default=None)
    device = Text(null=False, default=None)
    started_at = Timestamptz(null=False, default=None)
    seen_at = Timestamptz(null=False, default=None)
    ends_at = Timestamptz(null=False, default=None)
    proven = Boolean(null=False, default=None)
    ended_at = Timestamptz(null=True, default=None)


class ApiToken(Table, tablename="api_token"):
    """A bearer token, known only by its digest and its first characters."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(null=False, default=None)
    label = Text(null=False, default=None)
    prefix = Text(null=False, default=None)
    digest = Bytea(null=False, default=None)
    created_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    last_used_on = Date(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)


class IdempotentAnswer(Table, tablename="idempotent_answer"):
    """What an API request with an Idempotency-Key was answered, sealed, for a day."""

    id = UUID(primary_key=True, default=None)
    holder_id = UUID(null=False, default=None)
    key_digest = Bytea(null=False, default=None)
    request_digest = Bytea(null=False, default=None)
    status = SmallInt(null=False, default=None)
    headers = JSONB(null=False, default=None)
    body = Sealed()
    created_at = Timestamptz(null=False, default=None)


class Companion(Table, tablename="companion"):
    """Somebody for whom a citizen books; `place` is 1 to 5, none once they have refused.

    With an account of their own they are booked for only once they have agreed.
    """

    id = UUID(primary_key=True, default=None)
    citizen_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    place = SmallInt(null=True, default=None)
    added_at = Timestamptz(null=False, default=None)
    refused_at = Timestamptz(null=True, default=None)
    agreed_at = Timestamptz(null=True, default=None)


class AccountJoining(Table, tablename="account_joining"):
    """An account took over the person's record that somebody else had made; once a person."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(null=False, default=None)
    account_id = UUID(null=False, default=None)
    proof = Text(null=False, default=None)
    joined_at = Timestamptz(null=False, default=None)


class FirmAgent(Table, tablename="firm_agent"):
    """A citizen who acts for a firm."""

    id = UUID(primary_key=True, default=None)
    person_id = UUID(null=False, default=None)
    credit_code = Text(null=False, default=None)
    name = Text(null=False, default=None)
    added_at = Timestamptz(null=False, default=None)
