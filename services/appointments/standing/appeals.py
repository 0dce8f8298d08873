"""A person says why a penalty is wrong; a supervisor or administrator answers."""

import unicodedata
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.appointments import events, limits
from services.appointments.standing.errors import AppealAnswered, AppealUnknown, NotBlocked
from services.appointments.standing.penalties import lift
from services.appointments.standing.whose import RUNNING, THEIRS, whose
from services.appointments.states import APPEAL_TRANSITIONS, AppealStatus, PenaltyReason
from services.identity import Role
from services.kernel import database, outbox
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import unit_of_work

APPEAL_ROLES = (Role.SUPERVISOR, Role.ADMINISTRATOR)
WORDS_LENGTH = (10, 500)
ANSWER_LENGTH = (4, 500)
WRONG_WORDS = N_("Please say in 10 to 500 characters why the pause is not right.")
WRONG_ANSWER = N_("Please give the reason in 4 to 500 characters.")

_COLUMNS = """
    appeal.id, appeal.penalty_id, appeal.person_id, appeal.office_code, appeal.status, appeal.words,
    appeal.answer, appeal.written_at, appeal.answered_at, penalty.reason, penalty.imposed_at,
    penalty.blocked_until
"""
_JOINED = "booking_appeal appeal JOIN booking_penalty penalty ON penalty.id = appeal.penalty_id"


class Appeal(Struct, frozen=True, kw_only=True):
    """An appeal with both texts in clear: for the person and for who answers, nobody else."""

    id: UUID
    penalty_id: UUID
    person_id: UUID
    office_code: str
    status: AppealStatus
    words: str
    answer: str | None
    written_at: datetime
    answered_at: datetime | None
    reason: PenaltyReason
    imposed_at: datetime
    blocked_until: datetime


class AnswerAppeal(Struct, frozen=True, kw_only=True):
    """Grant an appeal or decline it; the reason is what the person reads."""

    appeal_id: UUID
    granted: bool
    reason: str


async def write_appeal(actor: Actor, words: str, now: datetime) -> Appeal:
    """Appeal against the penalty that pauses booking for this citizen.

    Raises:
        InvalidInput: The text is too short or too long.
        NotBlocked: Nothing pauses booking for them.
        AppealOpen: An appeal waits for its answer already.
        RateLimited: Too many appeals in a day.
    """
    person_id = actor.person_id()
    text = _plain("words", words, WORDS_LENGTH, WRONG_WORDS)
    who = await whose(person_id)
    await charge((limits.APPEAL_BY_PERSON, str(person_id)))
    appeal_id = new_id()
    async with unit_of_work() as uow:
        penalty = await uow.fetchrow(
            f"""
            SELECT id, office_code FROM booking_penalty WHERE {THEIRS} AND {RUNNING}
             ORDER BY blocked_until DESC LIMIT 1
            """,  # noqa: S608 - constants
            *who.three,
            now,
        )
        if penalty is None:
            raise NotBlocked
        await uow.execute(
            """
            INSERT INTO booking_appeal
                   (id, penalty_id, person_id, office_code, status, words, written_at)
            VALUES ($1, $2, $3, $4, 'open', $5, $6)
            """,
            appeal_id,
            penalty["id"],
            person_id,
            penalty["office_code"],
            keyring().seal(text, "booking_appeal", "words", appeal_id),
            now,
        )
        await audit.record(
            actor,
            "appointment.appeal_written",
            subject="booking_appeal",
            subject_id=appeal_id,
            office_code=penalty["office_code"],
            now=now,
        )
    return await _appeal(appeal_id)


async def answer_appeal(actor: Actor, command: AnswerAppeal, now: datetime) -> Appeal:
    """Answer an appeal; a granted one ends the penalty at once. The person is told.

    For supervisors of the office where it arose, and administrators. Locks the appeal, then the
    penalty.

    Raises:
        InvalidInput: No reason was given.
        AppealAnswered: Somebody else was faster.
        AppealUnknown: There is no such appeal.
        NotSignedIn, Forbidden: The actor may not answer it.
    """
    found = await _appeal(command.appeal_id)
    actor.require_role(*APPEAL_ROLES, office_code=found.office_code)
    text = _plain("reason", command.reason, ANSWER_LENGTH, WRONG_ANSWER)
    status = AppealStatus.GRANTED if command.granted else AppealStatus.DECLINED
    expected = [before for before, after in APPEAL_TRANSITIONS.items() if status in after]
    async with unit_of_work() as uow:
        answered = await uow.execute(
            """
            UPDATE booking_appeal SET status = $2, answer = $3, answered_at = $4, answered_by = $5
             WHERE id = $1 AND status = ANY($6::text[])
            """,
            found.id,
            status,
            keyring().seal(text, "booking_appeal", "answer", found.id),
            now,
            actor.id,
            expected,
        )
        if not answered:
            raise AppealAnswered
        if command.granted:
            await lift(uow, found.penalty_id, now)
        await audit.record(
            actor,
            "appointment.appeal_granted" if command.granted else "appointment.appeal_declined",
            subject="booking_appeal",
            subject_id=found.id,
            office_code=found.office_code,
            data={"penalty_id": str(found.penalty_id)},
            now=now,
        )
        await outbox.publish(events.APPEAL_ANSWERED, {"appeal_id": str(found.id)}, now)
    return await _appeal(found.id)


async def open_appeals(actor: Actor, office_code: str | None = None) -> list[Appeal]:
    """What waits for an answer that this supervisor or administrator may give, oldest first.

    Raises NotSignedIn or Forbidden.
    """
    actor.require_role(*APPEAL_ROLES, office_code=office_code)
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM {_JOINED}
         WHERE appeal.status = 'open' AND ($1::text IS NULL OR appeal.office_code = $1)
         ORDER BY appeal.id
        """,  # noqa: S608 - constants
        office_code,
    )
    found = [_from(row) for row in rows]
    return [one for one in found if actor.has_role(*APPEAL_ROLES, office_code=one.office_code)]


async def appeal(actor: Actor, appeal_id: UUID) -> Appeal:
    """One appeal for who may answer it. Raises AppealUnknown for anybody else."""
    found = await _appeal(appeal_id)
    if not actor.has_role(*APPEAL_ROLES, office_code=found.office_code):
        raise AppealUnknown
    return found


async def appeal_by_id(appeal_id: UUID) -> Appeal:
    """One appeal for the notice about its answer. Raises AppealUnknown."""
    return await _appeal(appeal_id)


async def appeals_of(person_id: UUID, limit: int = 5) -> list[Appeal]:
    """A person's appeals, the latest first."""
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM {_JOINED} WHERE appeal.person_id = $1
         ORDER BY appeal.id DESC LIMIT $2
        """,  # noqa: S608 - constants
        person_id,
        limit,
    )
    return [_from(row) for row in rows]


async def _appeal(appeal_id: UUID) -> Appeal:
    row = await database.fetchrow(
        f"SELECT {_COLUMNS} FROM {_JOINED} WHERE appeal.id = $1",  # noqa: S608 - constants
        appeal_id,
    )
    if row is None:
        raise AppealUnknown
    return _from(row)


def _from(row: asyncpg.Record) -> Appeal:
    keys, answer = keyring(), row["answer"]
    opened = {
        "status": AppealStatus(row["status"]),
        "reason": PenaltyReason(row["reason"]),
        "words": keys.unseal(row["words"], "booking_appeal", "words", row["id"]),
        "answer": answer and keys.unseal(answer, "booking_appeal", "answer", row["id"]),
    }
    return Appeal(**{**dict(row), **opened})


def _plain(field: str, typed: str, length: tuple[int, int], wrong: str) -> str:
    """What was typed, in plain lines. Raises InvalidInput."""
    shortest, longest = length
    lines = [" ".join(line.split()) for line in typed.splitlines()]
    text = unicodedata.normalize("NFC", "\n".join(lines).strip())
    if not shortest <= len(text) <= longest:
        raise InvalidInput(FieldError(field, f"{field}_length", wrong))
    return text
