"""Within how many days a complaint is answered, and an answer can be appealed: a setting."""

from datetime import datetime

from msgspec import Struct

from services import audit, catalog
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

MOST_ANSWER_DAYS = 30
MOST_APPEAL_DAYS = 60
WRONG_DAYS = N_("Please enter a whole number from 1 to %(most)s.")


class Terms(Struct, frozen=True, kw_only=True):
    """`answer_days` are working days, `appeal_days` are calendar days."""

    answer_days: int = 5
    appeal_days: int = 15


async def terms(office_code: str | None = None) -> Terms:
    """What holds at an office: its own setting, else everybody's, else the defaults."""
    row = await database.fetchrow(
        """
        SELECT answer_days, appeal_days FROM complaint_term
         WHERE office_code = $1 OR office_code IS NULL ORDER BY office_code NULLS LAST LIMIT 1
        """,
        office_code,
    )
    return Terms(**dict(row)) if row else Terms()


async def set_terms(actor: Actor, office_code: str | None, wanted: Terms, now: datetime) -> None:
    """Set them for one office, or (None) for all without a setting of their own.

    Complaints that are open keep their due date. Raises InvalidInput, Forbidden, OfficeUnknown.
    """
    actor.require_role(Role.ADMINISTRATOR, office_code=office_code)
    wrong = [
        FieldError(field, "out_of_range", WRONG_DAYS, {"most": most})
        for field, days, most in (
            ("answer_days", wanted.answer_days, MOST_ANSWER_DAYS),
            ("appeal_days", wanted.appeal_days, MOST_APPEAL_DAYS),
        )
        if not 1 <= days <= most
    ]
    if wrong:
        raise InvalidInput(*wrong)
    if office_code is not None:
        await catalog.office(office_code)
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO complaint_term (id, office_code, answer_days, appeal_days)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT complaint_term_once
            DO UPDATE SET answer_days = $3, appeal_days = $4
            """,
            new_id(),
            office_code,
            wanted.answer_days,
            wanted.appeal_days,
        )
        await audit.record(
            actor,
            "ratings.terms_set",
            subject="office",
            subject_id=office_code or "all",
            office_code=office_code,
            data={"answer_days": wanted.answer_days, "appeal_days": wanted.appeal_days},
            now=now,
        )
