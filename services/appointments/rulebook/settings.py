"""Which rule holds where, and changing it.

The most particular rule that is set holds whole: that of a line at an office, else the office's,
else the line's, else the city's.
"""

from collections.abc import Mapping
from datetime import datetime

import asyncpg
from msgspec import Struct, structs

from services import audit, catalog
from services.appointments.rulebook.errors import RuleChanged
from services.appointments.rulebook.ranges import RANGES, changes, wrong_figures
from services.appointments.rulebook.rows import RULE_COLUMNS, rule_from
from services.appointments.rules import DEFAULT, Rule
from services.catalog import Line
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

OUT_OF_RANGE = N_("Please enter a number from %(least)s to %(most)s.")
LATER_THAN_FIRST = N_("This cannot be more than the days that can be booked ahead.")
MOST_BELOW_LEAST = N_("This cannot be less than the shortest wait.")
CONTRADICTIONS: Mapping[str, str] = {
    "days_before": LATER_THAN_FIRST,
    "return_max_minutes": MOST_BELOW_LEAST,
}


class KeptRule(Struct, frozen=True, kw_only=True):
    """A rule that is set for a place: an office, a line, both, or (both None) everywhere.

    `version` rises with each change.
    """

    office_code: str | None
    line: str | None
    rule: Rule
    version: int


class SetRule(Struct, frozen=True, kw_only=True):
    """Set the rule of a place. `seen` is the version that was looked at, None if there was none."""

    office_code: str | None
    line: Line | None
    rule: Rule
    seen: int | None


async def set_rule(actor: Actor, command: SetRule, now: datetime) -> KeptRule:
    """Give a place a rule of its own, or change it. For administrators.

    Releases of days that lie ahead follow with the next generation of slots; what is booked stays.

    Raises:
        InvalidInput: A figure is out of its range; names each.
        RuleChanged, RuleTwice: Somebody else was faster.
        OfficeUnknown: There is no such office.
    """
    actor.require_role(Role.ADMINISTRATOR)
    if command.office_code is not None:
        await catalog.office(command.office_code)
    check_rule(command.rule)
    place = (command.office_code, command.line)
    async with unit_of_work() as uow:
        before = await rule_for(*place)
        if command.seen is None:
            await _insert(uow, command)
        else:
            before = await _update(uow, command)
        await audit.record(
            actor,
            "appointment.rule_set",
            subject="booking_rule",
            subject_id=place_name(*place),
            office_code=command.office_code,
            data={one.name: f"{one.before} → {one.after}" for one in changes(before, command.rule)},
            now=now,
        )
    return KeptRule(
        office_code=command.office_code,
        line=command.line,
        rule=command.rule,
        version=(command.seen or 0) + 1,
    )


async def remove_rule(
    actor: Actor, office_code: str | None, line: Line | None, seen: int, now: datetime
) -> None:
    """Let a place follow the next more general rule again. For administrators.

    Raises RuleChanged when it was changed or removed since version `seen`.
    """
    actor.require_role(Role.ADMINISTRATOR)
    async with unit_of_work() as uow:
        removed = await uow.execute(
            f"DELETE FROM booking_rule WHERE {_PLACE} AND version = $3",  # noqa: S608 - a constant
            office_code,
            line,
            seen,
        )
        if not removed:
            raise RuleChanged
        await audit.record(
            actor,
            "appointment.rule_removed",
            subject="booking_rule",
            subject_id=place_name(office_code, line),
            office_code=office_code,
            now=now,
        )


def check_rule(rule: Rule) -> None:
    """Raise InvalidInput that names every figure which is out of its range."""
    errors = []
    for name in wrong_figures(rule):
        least, most = RANGES[name]
        if least <= getattr(rule, name) <= most:
            errors.append(FieldError(name, "contradiction", CONTRADICTIONS[name]))
        else:
            errors.append(
                FieldError(name, "out_of_range", OUT_OF_RANGE, {"least": least, "most": most})
            )
    if errors:
        raise InvalidInput(*errors)


async def rules_kept() -> list[KeptRule]:
    """Every rule that is set, the general ones first."""
    rows = await database.fetch(
        f"""
        SELECT office_code, line, version, {RULE_COLUMNS} FROM booking_rule rule
         ORDER BY office_code NULLS FIRST, line NULLS FIRST
        """  # noqa: S608 - constants
    )
    return [_kept(row) for row in rows]


async def rule_at(office_code: str | None, line: str | None) -> KeptRule | None:
    """The rule that is set for exactly this place, if one is."""
    row = await database.fetchrow(
        f"SELECT office_code, line, version, {RULE_COLUMNS} FROM booking_rule rule WHERE {_PLACE}",  # noqa: S608 - constants
        office_code,
        line,
    )
    return _kept(row) if row else None


async def rule_for(office_code: str | None, line: str | None) -> Rule:
    """The rule that holds at a place."""
    found = await holding(office_code, line)
    return found.rule if found else DEFAULT


async def holding(
    office_code: str | None, line: str | None, *, above: bool = False
) -> KeptRule | None:
    """The most particular rule for a place, or `above` its own; None when the defaults hold."""
    row = await database.fetchrow(
        f"""
        SELECT office_code, line, version, {RULE_COLUMNS} FROM booking_rule rule
         WHERE (office_code IS NULL OR office_code = $1) AND (line IS NULL OR line = $2)
           AND NOT ($3 AND {_PLACE})
         ORDER BY office_code NULLS LAST, line NULLS LAST LIMIT 1
        """,  # noqa: S608 - constants
        office_code,
        line,
        above,
    )
    return _kept(row) if row else None


def place_name(office_code: str | None, line: str | None) -> str:
    """How the audit names a place."""
    return f"{office_code or '*'}/{line or '*'}"


_PLACE = "office_code IS NOT DISTINCT FROM $1::text AND line IS NOT DISTINCT FROM $2::text"


def _kept(row: asyncpg.Record) -> KeptRule:
    return KeptRule(
        office_code=row["office_code"],
        line=row["line"],
        rule=rule_from(row),
        version=row["version"],
    )


async def _insert(uow: UnitOfWork, command: SetRule) -> None:
    values: dict[str, object] = {
        "id": new_id(),
        "office_code": command.office_code,
        "line": command.line,
        **structs.asdict(command.rule),
        "version": 1,
    }
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await uow.execute(
        f"INSERT INTO booking_rule ({', '.join(values)}) VALUES ({places})",  # noqa: S608 - names of our own fields
        *values.values(),
    )


async def _update(uow: UnitOfWork, command: SetRule) -> Rule:
    """Write the figures over those of version `seen`; the rule as it was."""
    found = await uow.fetchrow(
        f"SELECT id, {RULE_COLUMNS} FROM booking_rule rule WHERE {_PLACE} AND version = $3"  # noqa: S608 - constants
        " FOR UPDATE",
        command.office_code,
        command.line,
        command.seen,
    )
    if found is None:
        raise RuleChanged
    figures = structs.asdict(command.rule)
    written = ", ".join(f"{name} = ${number}" for number, name in enumerate(figures, start=2))
    await uow.execute(
        f"UPDATE booking_rule SET {written}, version = version + 1 WHERE id = $1",  # noqa: S608 - names of our own fields
        found["id"],
        *figures.values(),
    )
    return rule_from(found)
