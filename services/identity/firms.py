"""Citizens who act for a firm. What they say of it is kept, and no more."""

import unicodedata
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from services import audit
from services.identity import limits
from services.identity.errors import FirmUnknown
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import unit_of_work

NAME_LENGTH = (2, 100)
WRONG_CODE = N_("Please compare the code with the business licence: 18 digits and capital letters.")
WRONG_NAME = N_("Please enter the firm's name as on the business licence, 2 to 100 characters.")


class AddFirm(Struct, frozen=True, kw_only=True):
    """A firm as its agent typed it in."""

    credit_code: str
    name: str


class Firm(Struct, frozen=True, kw_only=True):
    """A firm as one of its agents named it; `id` is that of the agent's entry."""

    id: UUID
    credit_code: str
    name: str


async def firms(agent: Actor) -> list[Firm]:
    """The firms that a citizen acts for, by name."""
    rows = await database.fetch(
        "SELECT id, credit_code, name FROM firm_agent WHERE person_id = $1 ORDER BY name, id",
        agent.person_id(),
    )
    return [Firm(**dict(row)) for row in rows]


async def firm(agent: Actor, firm_id: UUID) -> Firm:
    """One of the firms that a citizen acts for. Raises FirmUnknown."""
    for one in await firms(agent):
        if one.id == firm_id:
            return one
    raise FirmUnknown


async def add_firm(agent: Actor, command: AddFirm, now: datetime) -> UUID:
    """Act for a firm from now on; the same code again corrects its name.

    The code is checked against GB 32100 (length, alphabet, check character).

    Raises:
        InvalidInput: The code or the name cannot be right.
        RateLimited: Too many tries today.
    """
    person_id = agent.person_id()
    await charge((limits.FIRMS_BY_PERSON, str(person_id)))
    code, name = _checked(command)
    async with unit_of_work() as uow:
        firm_id: UUID = await uow.fetchval(
            """
            INSERT INTO firm_agent (id, person_id, credit_code, name, added_at)
            VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT ON CONSTRAINT firm_agent_once DO UPDATE SET name = excluded.name
            RETURNING id
            """,
            new_id(),
            person_id,
            code,
            name,
            now,
        )
        await audit.record(
            agent, "identity.firm_added", subject="firm", subject_id=firm_id, now=now
        )
    return firm_id


def _checked(command: AddFirm) -> tuple[str, str]:
    errors = []
    code = ""
    try:
        code = uscc.validate(unicodedata.normalize("NFKC", command.credit_code[:40]))
    except ValidationError:
        errors.append(FieldError("credit_code", "credit_code_malformed", WRONG_CODE))
    name = " ".join(unicodedata.normalize("NFC", command.name).split())
    shortest, longest = NAME_LENGTH
    if not shortest <= len(name) <= longest or not name.isprintable():
        errors.append(FieldError("name", "name_malformed", WRONG_NAME))
    if errors:
        raise InvalidInput(*errors)
    return code, name
