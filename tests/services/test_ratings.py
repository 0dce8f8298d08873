"""Rating a visit, and the way of a complaint: call back, answer, appeal, decision, and time."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from services import ratings
from services.kernel import database
from services.kernel.actor import ANONYMOUS
from services.kernel.errors import Forbidden, InvalidInput, NotSignedIn
from services.ratings import (
    AlreadyRated,
    AppealedBefore,
    AppealTooLate,
    CallFirst,
    CallOutcome,
    ComplaintMoved,
    ComplaintStatus,
    DecidedByAnother,
    Decision,
    Grade,
    NotServedYet,
    Rate,
    RatedTooLate,
    Rating,
    Terms,
)
from tests.people import citizen_actor
from tests.queues import MORNING, OTHER_OFFICE, clerk, later, open_morning, walk_in
from tests.ratings import complained, supervisor, visit

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture(autouse=True)
async def hall(database: object, redis: object) -> None:
    del database, redis
    await open_morning()


async def status(complaint_id: UUID) -> str:
    return str(await database.fetchval("SELECT status FROM complaint WHERE id = $1", complaint_id))


def key(rating: Rating) -> UUID:
    assert rating.complaint is not None
    return rating.complaint.id


async def test_a_visit_is_rated_once_and_only_when_it_is_over() -> None:
    waiting = await walk_in(await clerk())
    with pytest.raises(NotServedYet):
        await ratings.rate(ANONYMOUS, Rate(ticket_id=waiting.id, grade=Grade.SATISFIED), MORNING)
    await database.fetch("DELETE FROM ticket WHERE id = $1", waiting.id)
    done = await visit()
    late = MORNING + ratings.RATE_WITHIN + timedelta(days=1)
    with pytest.raises(RatedTooLate):
        await ratings.rate(ANONYMOUS, Rate(ticket_id=done.id, grade=Grade.SATISFIED), late)
    await ratings.rate(ANONYMOUS, Rate(ticket_id=done.id, grade=Grade.SATISFIED), MORNING)
    with pytest.raises(AlreadyRated):
        await ratings.rate(ANONYMOUS, Rate(ticket_id=done.id, grade=Grade.SATISFIED), MORNING)
    found = await ratings.rating_of(done.id)
    assert found is not None
    assert (found.grade, found.complaint) == (Grade.SATISFIED, None)


async def test_a_low_grade_is_due_in_working_days_and_its_words_are_sealed() -> None:
    administrator = await supervisor(None, "administrator")
    await ratings.set_terms(administrator, None, Terms(answer_days=3, appeal_days=5), MORNING)
    rating = await complained(await visit())
    assert rating.complaint is not None
    assert rating.complaint.due_on == date(2025, 7, 11)  # Tuesday and three working days
    assert rating.person_id is not None
    kept = await database.fetchval("SELECT comment FROM rating WHERE id = $1", rating.id)
    assert "等了".encode() not in kept
    assert rating.comment == "等了两个小时"
    [mine] = await ratings.mine(citizen_actor(rating.person_id))
    assert mine.id == rating.id


async def test_an_anonymous_rating_is_tied_to_nobody() -> None:
    done = await visit()
    assert done.person_id is not None
    rating = await complained(done, anonymous=True)
    assert rating.person_id is None
    assert await ratings.mine(citizen_actor(done.person_id)) == ()
    actor_id = await database.fetchval(
        "SELECT actor_id FROM audit_record WHERE action = 'ratings.rated'"
    )
    assert actor_id is None
    # Nobody can call, so the answer needs no call.
    await ratings.answer(await supervisor(), key(rating), "我们道歉。", MORNING)
    assert await status(key(rating)) == ComplaintStatus.ANSWERED
    with pytest.raises(asyncpg.CheckViolationError):
        await database.fetch(
            "UPDATE rating SET person_id = $2 WHERE id = $1", rating.id, done.person_id
        )


async def test_the_whole_way_of_a_complaint() -> None:
    rating = await complained(await visit())
    first, second = await supervisor(), await supervisor()
    with pytest.raises(CallFirst):
        await ratings.answer(first, key(rating), "我们道歉。", later(1))
    assert await status(key(rating)) == ComplaintStatus.OPEN
    await ratings.call_back(first, key(rating), CallOutcome.REACHED, "已道歉", later(1))
    await ratings.answer(first, key(rating), "已增开窗口。", later(2))
    await ratings.appeal(ANONYMOUS, rating.ticket_id, "没有增开", later(3))
    with pytest.raises(DecidedByAnother):
        await ratings.decide(first, key(rating), Decision.DISMISSED, "属实", later(4))
    await ratings.decide(second, key(rating), Decision.UPHELD, "请重新答复", later(4))
    assert await status(key(rating)) == ComplaintStatus.OPEN
    with pytest.raises(CallFirst):
        await ratings.answer(second, key(rating), "已增开。", later(5))
    await ratings.call_back(second, key(rating), CallOutcome.NO_ANSWER, "", later(5))
    await ratings.answer(second, key(rating), "今日已增开。", later(6))
    with pytest.raises(AppealedBefore):
        await ratings.appeal(ANONYMOUS, rating.ticket_id, "还是没有", later(7))
    await ratings.accept(ANONYMOUS, rating.ticket_id, later(8))
    case = await ratings.case(second, key(rating), later(9))
    assert case.rating.complaint is not None
    assert case.rating.complaint.status is ComplaintStatus.CLOSED
    assert [call.note for call in case.calls] == ["已道歉", None]
    with pytest.raises(ComplaintMoved):
        await ratings.call_back(second, key(rating), CallOutcome.REACHED, "", later(10))


async def test_even_code_without_the_check_cannot_let_somebody_judge_themselves() -> None:
    rating = await complained(await visit(), anonymous=True)
    first = await supervisor()
    await ratings.answer(first, key(rating), "我们道歉。", later(1))
    await ratings.appeal(ANONYMOUS, rating.ticket_id, "不够", later(2))
    with pytest.raises(asyncpg.CheckViolationError, match="complaint_decided_by_another"):
        await database.fetch(
            "UPDATE complaint SET status = 'closed', decision = 'dismissed', decision_note = '',"
            " decided_by = $2, decided_at = $3, closed_at = $3 WHERE id = $1",
            key(rating),
            first.id,
            later(3),
        )


async def test_only_the_offices_supervisors_see_and_answer() -> None:
    rating = await complained(await visit())
    elsewhere = await supervisor(OTHER_OFFICE)
    for stranger in (elsewhere, await clerk()):
        with pytest.raises(Forbidden):
            await ratings.case(stranger, key(rating), MORNING)
        with pytest.raises(Forbidden):
            await ratings.answer(stranger, key(rating), "我们道歉。", MORNING)
    with pytest.raises(NotSignedIn):
        await ratings.complaints(ANONYMOUS)
    assert await ratings.complaints(elsewhere) == ()
    assert len(await ratings.complaints(await supervisor())) == 1
    assert len(await ratings.complaints(await supervisor(None, "administrator"))) == 1


async def test_what_is_late_is_marked_once_and_silence_accepts() -> None:
    rating = await complained(await visit())
    first = await supervisor()
    assert await ratings.overdue(first) == 0
    much_later = MORNING + timedelta(days=10)
    assert (await ratings.sweep(much_later)).overdue == 1
    assert (await ratings.sweep(much_later)).overdue == 0
    assert await ratings.overdue(first) == 1
    await ratings.call_back(first, key(rating), CallOutcome.DECLINED, "", much_later)
    await ratings.answer(first, key(rating), "我们道歉。", much_later)
    after = much_later + timedelta(days=16)
    with pytest.raises(AppealTooLate):
        await ratings.appeal(ANONYMOUS, rating.ticket_id, "晚了", after)
    assert (await ratings.sweep(after)).closed == 1
    assert await status(key(rating)) == ComplaintStatus.CLOSED


async def test_words_are_measured_and_terms_have_bounds() -> None:
    done = await visit(named=False)
    long = Rate(ticket_id=done.id, grade=Grade.SATISFIED, comment="好" * 501)
    with pytest.raises(InvalidInput):
        await ratings.rate(ANONYMOUS, long, MORNING)
    rating = await complained(done)
    assert rating.person_id is None
    with pytest.raises(InvalidInput):
        await ratings.answer(await supervisor(), key(rating), "  ", MORNING)
    administrator = await supervisor(None, "administrator")
    with pytest.raises(InvalidInput):
        await ratings.set_terms(administrator, None, Terms(answer_days=0, appeal_days=61), MORNING)
    with pytest.raises(Forbidden):
        await ratings.set_terms(await supervisor(), None, Terms(), MORNING)


async def test_few_grades_are_not_published_and_clerks_only_for_supervisors() -> None:
    await complained(await visit(named=False))
    assert await ratings.office_figures(later(10)) == {}
    [(place, figures)] = (await ratings.clerk_figures(await supervisor(), later(10))).items()
    assert place[1] == "王敏"
    assert (figures.total, figures.content) == (1, 0)
    with pytest.raises(Forbidden):
        await ratings.clerk_figures(await clerk(), later(10))
