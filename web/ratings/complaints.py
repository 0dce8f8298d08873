"""/staff/complaints: what supervisors must answer, by when, and the call before the answer."""

from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import catalog, identity, ratings
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import DomainError, FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from services.ratings import CallOutcome, Decision
from web.common.flash import redirect
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest, Page, page, partial
from web.common.staff_places import COMPLAINTS

NOTED = N_("The call is noted.")
ANSWERED = N_("The answer is given. The person reads it on the page of their visit.")
DECIDED = N_("The decision is kept.")
CHOOSE = N_("Please choose one.")
# Stands in the person's own record of who looked, where there is no page to translate it.
WHY_CALLED = N_("Call back about your complaint")
Words = Annotated[str, Meta(max_length=4000)]
Choice = TypeVar("Choice", CallOutcome, Decision)


class CallForm(Struct):
    """How the call went."""

    outcome: Annotated[str, Meta(max_length=40)] = ""
    note: Words = ""


class AnswerForm(Struct):
    """The office's answer."""

    answer: Words = ""


class DecisionForm(Struct):
    """What becomes of the appeal, and why."""

    decision: Annotated[str, Meta(max_length=40)] = ""
    decision_note: Words = ""


class Typed(Struct, frozen=True, kw_only=True):
    """What stands in the forms of the page."""

    outcome: str = ""
    note: str = ""
    answer: str = ""
    decision: str = ""
    decision_note: str = ""


class Complaints(Controller):
    """The list, and each complaint with what is done about it."""

    path = COMPLAINTS.address
    guards = (staff(*COMPLAINTS.roles),)
    include_in_schema = False

    @get("/")
    async def show_list(
        self, actor: CurrentActor, now: Now, *, closed: FromQuery[bool] = False
    ) -> Page:
        """The most urgent first; `closed` shows those that are done."""
        return page(
            "ratings/complaints.html",
            complaints=await ratings.complaints(actor, closed=closed),
            closed=closed,
            overdue=await ratings.overdue(actor),
            today=local_date(now),
            offices={office.code: office for office in await catalog.offices()},
            grades=ratings.GRADE_NAMES,
            statuses=ratings.STATUS_NAMES,
        )

    @get("/overdue")
    async def show_overdue(self, actor: CurrentActor) -> Page:
        """The notice in the header of every staff page, from the day a complaint is overdue."""
        return partial("ratings/overdue.html", count=await ratings.overdue(actor))

    @get("/{complaint_id:uuid}")
    async def show_one(
        self, actor: CurrentActor, complaint_id: FromPath[UUID], now: Now
    ) -> Response[bytes]:
        """One complaint. That it was read is kept."""
        return fresh("ratings/complaint.html", **await _context(actor, complaint_id, now, Typed()))

    @post("/{complaint_id:uuid}/phone", status_code=200)
    async def show_phone(
        self, actor: CurrentActor, complaint_id: FromPath[UUID], now: Now
    ) -> Response[bytes]:
        """The number to call, shown this once; the person can see that it was looked at."""
        context = await _context(actor, complaint_id, now, Typed())
        case = context["case"]
        if not isinstance(case, ratings.Case) or case.rating.person_id is None:
            raise NotFound
        reason = translate(WHY_CALLED, Language.CHINESE)
        person = await identity.reveal(actor, case.rating.person_id, reason, now)
        return fresh("ratings/complaint.html", **{**context, "phone": person.phone})

    @post("/{complaint_id:uuid}/calls")
    async def note_call(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        complaint_id: FromPath[UUID],
        now: Now,
        data: URLEncodedBody[CallForm],
    ) -> Response[bytes] | Redirect:
        """Write down how the call went."""
        try:
            outcome = _chosen(CallOutcome, data.outcome, "outcome")
            await ratings.call_back(actor, complaint_id, outcome, data.note, now)
        except DomainError as error:
            typed = Typed(outcome=data.outcome, note=data.note)
            context = await _context(actor, complaint_id, now, typed)
            return refused(request, "ratings/complaint.html", error, **context)
        return redirect(_address(complaint_id), NOTED)

    @post("/{complaint_id:uuid}/answer")
    async def answer(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        complaint_id: FromPath[UUID],
        now: Now,
        data: URLEncodedBody[AnswerForm],
    ) -> Response[bytes] | Redirect:
        """Answer the complaint."""
        try:
            await ratings.answer(actor, complaint_id, data.answer, now)
        except DomainError as error:
            typed = Typed(answer=data.answer)
            context = await _context(actor, complaint_id, now, typed)
            return refused(request, "ratings/complaint.html", error, **context)
        return redirect(_address(complaint_id), ANSWERED)

    @post("/{complaint_id:uuid}/decision")
    async def decide(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        complaint_id: FromPath[UUID],
        now: Now,
        data: URLEncodedBody[DecisionForm],
    ) -> Response[bytes] | Redirect:
        """Decide on the appeal."""
        try:
            decision = _chosen(Decision, data.decision, "decision")
            await ratings.decide(actor, complaint_id, decision, data.decision_note, now)
        except DomainError as error:
            typed = Typed(decision=data.decision, decision_note=data.decision_note)
            context = await _context(actor, complaint_id, now, typed)
            return refused(request, "ratings/complaint.html", error, **context)
        return redirect(_address(complaint_id), DECIDED)


def _address(complaint_id: UUID) -> str:
    return f"{COMPLAINTS.address}/{complaint_id}"


def _chosen(kind: type[Choice], value: str, field: str) -> Choice:
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidInput(FieldError(field, "missing", CHOOSE)) from error


async def _context(
    actor: Actor, complaint_id: UUID, now: datetime, typed: Typed
) -> dict[str, object]:
    case = await ratings.case(actor, complaint_id, now)
    return {
        "case": case,
        "rating": case.rating,
        "complaint": case.rating.complaint,
        "office": await catalog.office(case.rating.office_code),
        "today": local_date(now),
        "me": actor.id,
        "phone": None,
        "typed": typed,
        "grades": ratings.GRADE_NAMES,
        "statuses": ratings.STATUS_NAMES,
        "outcomes": ratings.OUTCOME_NAMES,
        "decisions": ratings.DECISION_NAMES,
        "longest": ratings.LONGEST_TEXT,
    }


HANDLERS = (Complaints,)
