"""Notices."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "notices_0001_notices"
VERSION = "1.38.0"
DESCRIPTION = "Notices"

SQL = """
-- No foreign keys: the event is purged after a month; the recipient is a person, or a sign-in code
-- (whose record alone knows the phone, and which is forgotten after a day); so is the subject.
CREATE TABLE notice (
    id           uuid        NOT NULL CONSTRAINT notice_pk PRIMARY KEY,
    event_id     uuid        NOT NULL,
    kind         text        NOT NULL,
    recipient_id uuid        NOT NULL,
    channel      text        NOT NULL,
    subject_id   uuid        NOT NULL,
    status       text        NOT NULL,
    reason       text,
    created_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    CONSTRAINT notice_one_per_event_recipient_channel UNIQUE (event_id, recipient_id, channel),
    CONSTRAINT notice_kind CHECK (kind IN (
        'sign_in_code', 'appointment_booked', 'appointment_rescheduled', 'appointment_cancelled',
        'no_show_warning', 'booking_paused', 'appeal_answered',
        'reminder_day_before', 'reminder_soon', 'waitlist_offered',
        'waitlist_withdrawn', 'waitlist_over',
        'appointment_moved_by_hall', 'appointment_cancelled_by_hall', 'turn_near', 'visit_over',
        'record_joined', 'companion_asked')),
    CONSTRAINT notice_channel CHECK (channel IN ('email', 'sms')),
    CONSTRAINT notice_status CHECK (status IN ('pending', 'sent', 'failed', 'dropped')),
    CONSTRAINT notice_reason CHECK (
        (reason IN ('no_address', 'refused', 'unreachable') AND status = 'failed')
        OR (reason IN ('overtaken', 'too_late') AND status = 'dropped')
        OR (reason IS NULL AND status IN ('pending', 'sent'))),
    CONSTRAINT notice_settled CHECK ((settled_at IS NULL) = (status = 'pending'))
);
CREATE INDEX notice_by_recipient ON notice (recipient_id, id);
CREATE INDEX notice_unsettled ON notice (status) WHERE status IN ('pending', 'failed');
CREATE INDEX notice_settled_at ON notice (settled_at);
"""


async def forwards() -> MigrationManager:
    return sql_migration("notices", ID, DESCRIPTION, SQL)
