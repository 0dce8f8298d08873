"""Items, offices with their windows and hours, and the administrator's calendar."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "catalog_0001_catalogue"
VERSION = "1.38.0"
DESCRIPTION = "Items, offices, windows, hours and the working calendar"

SQL = """
CREATE TABLE item (
    code       text    NOT NULL CONSTRAINT item_pk PRIMARY KEY,
    line       text    NOT NULL,
    position   integer NOT NULL,
    bookable   boolean NOT NULL,
    offered    boolean NOT NULL,
    definition jsonb   NOT NULL,
    search     tsvector NOT NULL,
    CONSTRAINT item_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT item_bookable_while_offered CHECK (offered OR NOT bookable)
);
CREATE INDEX item_search ON item USING gin (search);

CREATE TABLE office (
    code          text    NOT NULL CONSTRAINT office_pk PRIMARY KEY,
    position      integer NOT NULL,
    active        boolean NOT NULL,
    name_zh       text    NOT NULL,
    name_en       text    NOT NULL,
    district_zh   text    NOT NULL,
    district_en   text    NOT NULL,
    address_zh    text    NOT NULL,
    address_en    text    NOT NULL,
    directions_zh text    NOT NULL,
    directions_en text    NOT NULL,
    phone         text    NOT NULL,
    location      text,
    -- What an administrator has edited, the catalogue's files change no more.
    edited_at     timestamptz
);

CREATE TABLE office_window (
    id          uuid    NOT NULL CONSTRAINT office_window_pk PRIMARY KEY,
    office_code text    NOT NULL CONSTRAINT office_window_office_fk REFERENCES office
                                 ON DELETE RESTRICT ON UPDATE RESTRICT,
    number      integer NOT NULL,
    active      boolean NOT NULL,
    name_zh     text    NOT NULL,
    name_en     text    NOT NULL,
    CONSTRAINT office_window_number_once UNIQUE (office_code, number),
    CONSTRAINT office_window_number CHECK (number BETWEEN 1 AND 99)
);

CREATE TABLE window_line (
    id        uuid NOT NULL CONSTRAINT window_line_pk PRIMARY KEY,
    window_id uuid NOT NULL CONSTRAINT window_line_window_fk REFERENCES office_window
                            ON DELETE CASCADE ON UPDATE RESTRICT,
    line      text NOT NULL,
    CONSTRAINT window_line_once UNIQUE (window_id, line),
    CONSTRAINT window_line_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm'))
);

-- Ranges bring their own GiST operators, so that plain PostgreSQL, without btree_gist, can keep
-- the periods of one office and day from overlapping.
CREATE TYPE code_range AS RANGE (subtype = text, collation = "C");
CREATE TYPE clock_range AS RANGE (subtype = time);

CREATE TABLE opening_period (
    id          uuid     NOT NULL CONSTRAINT opening_period_pk PRIMARY KEY,
    office_code text     NOT NULL CONSTRAINT opening_period_office_fk REFERENCES office
                                  ON DELETE CASCADE ON UPDATE RESTRICT,
    weekday     smallint NOT NULL,
    opens       time     NOT NULL,
    closes      time     NOT NULL,
    CONSTRAINT opening_period_weekday CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT opening_period_forwards CHECK (opens < closes),
    CONSTRAINT opening_period_no_overlap EXCLUDE USING gist (
        code_range(office_code, office_code, '[]') WITH &&,
        int4range(weekday, weekday, '[]') WITH &&,
        clock_range(opens, closes) WITH &&)
);

CREATE TABLE opening_exception (
    id          uuid NOT NULL CONSTRAINT opening_exception_pk PRIMARY KEY,
    office_code text NOT NULL CONSTRAINT opening_exception_office_fk REFERENCES office
                              ON DELETE CASCADE ON UPDATE RESTRICT,
    day         date NOT NULL,
    origin      text NOT NULL,
    note_zh     text NOT NULL,
    note_en     text NOT NULL,
    -- An administrator's word outranks the files', and taking it back leaves theirs.
    CONSTRAINT opening_exception_day_once UNIQUE (office_code, day, origin),
    CONSTRAINT opening_exception_origin CHECK (origin IN ('catalogue', 'administrator'))
);

CREATE TABLE exception_period (
    id           uuid NOT NULL CONSTRAINT exception_period_pk PRIMARY KEY,
    exception_id uuid NOT NULL CONSTRAINT exception_period_exception_fk REFERENCES opening_exception
                               ON DELETE CASCADE ON UPDATE RESTRICT,
    opens        time NOT NULL,
    closes       time NOT NULL,
    CONSTRAINT exception_period_forwards CHECK (opens < closes),
    CONSTRAINT exception_period_no_overlap EXCLUDE USING gist (
        code_range(exception_id::text, exception_id::text, '[]') WITH &&,
        clock_range(opens, closes) WITH &&)
);

CREATE TABLE calendar_day (
    day     date    NOT NULL CONSTRAINT calendar_day_pk PRIMARY KEY,
    working boolean NOT NULL,
    note    text    NOT NULL
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("catalog", ID, DESCRIPTION, SQL)
