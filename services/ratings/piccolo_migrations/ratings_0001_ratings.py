"""Ratings, complaints and what was done about them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "ratings_0001_ratings"
VERSION = "1.38.0"
DESCRIPTION = "Ratings, complaints and what was done about them"

SQL = """
CREATE TABLE rating (
    id          uuid        NOT NULL CONSTRAINT rating_pk PRIMARY KEY,
    ticket_id   uuid        NOT NULL CONSTRAINT rating_ticket REFERENCES ticket
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    office_code text        NOT NULL CONSTRAINT rating_office REFERENCES office
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    line        text        NOT NULL,
    clerk_id    uuid        CONSTRAINT rating_clerk REFERENCES staff
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    grade       smallint    NOT NULL,
    comment     bytea,
    anonymous   boolean     NOT NULL,
    person_id   uuid        CONSTRAINT rating_person REFERENCES person
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    created_at  timestamptz NOT NULL,
    CONSTRAINT rating_once_a_visit UNIQUE (ticket_id),
    CONSTRAINT rating_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT rating_grade CHECK (grade BETWEEN 1 AND 5),
    CONSTRAINT rating_anonymous_is_nameless CHECK (NOT (anonymous AND person_id IS NOT NULL))
);
CREATE INDEX rating_by_office ON rating (office_code, created_at);
CREATE INDEX rating_by_person ON rating (person_id, id) WHERE person_id IS NOT NULL;

CREATE TABLE complaint (
    id            uuid        NOT NULL CONSTRAINT complaint_pk PRIMARY KEY,
    rating_id     uuid        NOT NULL CONSTRAINT complaint_rating REFERENCES rating
                                       ON DELETE RESTRICT ON UPDATE RESTRICT,
    office_code   text        NOT NULL CONSTRAINT complaint_office REFERENCES office
                                       ON DELETE RESTRICT ON UPDATE RESTRICT,
    status        text        NOT NULL,
    opened_at     timestamptz NOT NULL,
    due_on        date        NOT NULL,
    overdue_at    timestamptz,
    answer        bytea,
    answered_by   uuid        CONSTRAINT complaint_answerer REFERENCES staff
                                       ON DELETE RESTRICT ON UPDATE RESTRICT,
    answered_at   timestamptz,
    appeal        bytea,
    appealed_at   timestamptz,
    contested_by  uuid        CONSTRAINT complaint_contested REFERENCES staff
                                       ON DELETE RESTRICT ON UPDATE RESTRICT,
    decision      text,
    decision_note bytea,
    decided_by    uuid        CONSTRAINT complaint_decider REFERENCES staff
                                       ON DELETE RESTRICT ON UPDATE RESTRICT,
    decided_at    timestamptz,
    closed_at     timestamptz,
    CONSTRAINT complaint_once_a_rating UNIQUE (rating_id),
    CONSTRAINT complaint_status CHECK (status IN ('open', 'answered', 'appealed', 'closed')),
    CONSTRAINT complaint_answered CHECK (
        num_nulls(answer, answered_by, answered_at) IN (0, 3)
        AND (status = 'open' OR answered_at IS NOT NULL)),
    -- The one whose answer is contested is kept: after the decision somebody else may answer.
    CONSTRAINT complaint_appealed CHECK (
        num_nulls(appeal, appealed_at, contested_by) IN (0, 3)
        AND (status <> 'appealed' OR appealed_at IS NOT NULL)),
    CONSTRAINT complaint_decided CHECK (
        num_nulls(decision, decision_note, decided_by, decided_at) IN (0, 4)
        AND (decided_at IS NULL OR appealed_at IS NOT NULL)
        AND NOT (status = 'appealed' AND decided_at IS NOT NULL)),
    CONSTRAINT complaint_decision CHECK (decision IN ('upheld', 'dismissed')),
    CONSTRAINT complaint_decided_by_another CHECK (decided_by <> contested_by),
    CONSTRAINT complaint_closed CHECK ((status = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX complaint_unsettled ON complaint (office_code, due_on) WHERE status <> 'closed';

CREATE TABLE complaint_call (
    id           uuid        NOT NULL CONSTRAINT complaint_call_pk PRIMARY KEY,
    complaint_id uuid        NOT NULL CONSTRAINT complaint_call_complaint REFERENCES complaint
                                      ON DELETE RESTRICT ON UPDATE RESTRICT,
    staff_id     uuid        NOT NULL CONSTRAINT complaint_call_staff REFERENCES staff
                                      ON DELETE RESTRICT ON UPDATE RESTRICT,
    called_at    timestamptz NOT NULL,
    outcome      text        NOT NULL,
    note         bytea,
    CONSTRAINT complaint_call_outcome CHECK (
        outcome IN ('reached', 'no_answer', 'wrong_number', 'declined'))
);
CREATE INDEX complaint_call_by_complaint ON complaint_call (complaint_id, id);

CREATE TABLE complaint_term (
    id          uuid     NOT NULL CONSTRAINT complaint_term_pk PRIMARY KEY,
    office_code text     CONSTRAINT complaint_term_office REFERENCES office
                                  ON DELETE RESTRICT ON UPDATE RESTRICT,
    answer_days smallint NOT NULL,
    appeal_days smallint NOT NULL,
    CONSTRAINT complaint_term_once UNIQUE NULLS NOT DISTINCT (office_code),
    CONSTRAINT complaint_term_days CHECK (
        answer_days BETWEEN 1 AND 30 AND appeal_days BETWEEN 1 AND 60)
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("ratings", ID, DESCRIPTION, SQL)
