"""The rule that holds for a slot or an appointment, as part of a query about it."""

import asyncpg

from services.appointments.rules import DEFAULT, Rule

RULE_COLUMNS = ", ".join(f"rule.{name}" for name in Rule.__struct_fields__)
# The most particular rule that fits a slot or an appointment, by its alias.
RULE_OF = """
    LEFT JOIN LATERAL (
        SELECT * FROM booking_rule r
         WHERE coalesce(r.office_code, {of}.office_code) = {of}.office_code
           AND coalesce(r.line, {of}.line) = {of}.line
         ORDER BY r.office_code NULLS LAST, r.line NULLS LAST LIMIT 1) rule ON true
"""


def rule_from(row: asyncpg.Record) -> Rule:
    """The rule in a row's RULE_COLUMNS; the defaults where no rule is set."""
    if row["days_ahead"] is None:
        return DEFAULT
    return Rule(**{name: row[name] for name in Rule.__struct_fields__})
