"""The page of a visit on its holder's phone: how was it, and what became of a complaint.

Like the ticket's page its address is known only to whom it was shown.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import catalog, queue, ratings
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.limits import Limit
from services.kernel.translations import translate
from services.ratings import Grade, Rate
from web.common.flash import Tone, redirect
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public
from web.common.preferences import preferences
from web.common.rate_limits import limited
from web.common.rendering import AnyRequest

RATINGS = Limit("ratings", 20, 60)
INVITATIONS = Limit("rating_invitations", 60, 60)
CHOOSE = N_("Please choose how it was.")
THANKS = N_("Thank you. Your rating is kept.")
ACCEPTED = N_("Thank you. The complaint is closed.")
APPEALED = N_("Your appeal is kept. Somebody else will decide on it.")
Words = Annotated[str, Meta(max_length=4000)]


class RateForm(Struct):
    """What was chosen and typed."""

    grade: Annotated[str, Meta(max_length=10)] = ""
    comment: Words = ""
    anonymous: Annotated[str, Meta(max_length=10)] = ""


class AppealForm(Struct):
    """Why the answer does not do."""

    reason: Words = ""


class RatePage(Controller):
    """One visit."""

    path = "/rate/{ticket_id:uuid}"
    opt = public("the ticket's unguessable id stands on the slip that its holder was given")
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, ticket_id: FromPath[UUID], now: Now
    ) -> Response[bytes]:
        """The form, or what was said and what came of it."""
        return fresh("ratings/rate.html", **await _context(request, ticket_id, now, RateForm()))

    @post("/", guards=[limited(RATINGS)])
    async def rate(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        ticket_id: FromPath[UUID],
        now: Now,
        data: URLEncodedBody[RateForm],
    ) -> Response[bytes] | Redirect:
        """Keep the rating."""
        try:
            await ratings.rate(actor, _command(ticket_id, data), now)
        except DomainError as error:
            context = await _context(request, ticket_id, now, data)
            return refused(request, "ratings/rate.html", error, **context)
        return redirect(f"/rate/{ticket_id}", THANKS)

    @post("/accept", guards=[limited(RATINGS)])
    async def accept(self, actor: CurrentActor, ticket_id: FromPath[UUID], now: Now) -> Redirect:
        """Content with the answer."""
        try:
            await ratings.accept(actor, ticket_id, now)
        except ratings.ComplaintMoved as error:
            return redirect(f"/rate/{ticket_id}", error.message, Tone.INFO)
        return redirect(f"/rate/{ticket_id}", ACCEPTED)

    @post("/appeal", guards=[limited(RATINGS)])
    async def appeal(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        ticket_id: FromPath[UUID],
        now: Now,
        data: URLEncodedBody[AppealForm],
    ) -> Response[bytes] | Redirect:
        """Not content with it."""
        try:
            await ratings.appeal(actor, ticket_id, data.reason, now)
        except DomainError as error:
            context = await _context(request, ticket_id, now, RateForm(), data.reason)
            return refused(request, "ratings/rate.html", error, **context)
        return redirect(f"/rate/{ticket_id}", APPEALED)


class InvitedPage(Controller):
    """The same form by the code that the window showed, for as long as that is good."""

    path = "/rate/at/{invitation:str}"
    opt = public("the code was shown at the window to whom it served, and runs out")
    include_in_schema = False

    @get("/", guards=[limited(INVITATIONS)])
    async def show(
        self, request: AnyRequest, invitation: FromPath[str], now: Now
    ) -> Response[bytes] | Redirect:
        """The form. What somebody has said already is not for whoever has the code."""
        try:
            ticket_id = await ratings.invited(invitation)
        except ratings.InvitationRanOut as error:
            return redirect("/ratings", error.message, Tone.INFO)
        context = await _context(request, ticket_id, now, RateForm())
        if context["rating"] is not None:
            return redirect("/ratings", ratings.AlreadyRated.message, Tone.INFO)
        return fresh("ratings/rate.html", **{**context, "address": _at(invitation)})

    @post("/", guards=[limited(RATINGS)])
    async def rate(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        invitation: FromPath[str],
        now: Now,
        data: URLEncodedBody[RateForm],
    ) -> Response[bytes] | Redirect:
        """Keep the rating; the visit's own page shows what comes of it."""
        try:
            ticket_id = await ratings.invited(invitation)
            await ratings.rate_invited(actor, invitation, _command(ticket_id, data), now)
        except (ratings.InvitationRanOut, ratings.AlreadyRated) as error:
            return redirect("/ratings", error.message, Tone.INFO)
        except DomainError as error:
            context = await _context(request, ticket_id, now, data)
            context["address"] = _at(invitation)
            return refused(request, "ratings/rate.html", error, **context)
        return redirect(f"/rate/{ticket_id}", THANKS)


def _at(invitation: str) -> str:
    return f"/rate/at/{invitation}"


def _command(ticket_id: UUID, data: RateForm) -> Rate:
    return Rate(
        ticket_id=ticket_id,
        grade=_grade(data.grade),
        comment=data.comment,
        anonymous=bool(data.anonymous),
    )


def _grade(chosen: str) -> Grade:
    try:
        return Grade(int(chosen))
    except ValueError as error:
        raise InvalidInput(FieldError("grade", "missing", CHOOSE)) from error


async def _context(
    request: AnyRequest, ticket_id: UUID, now: datetime, form: RateForm, reason: str = ""
) -> dict[str, object]:
    visit = await queue.ticket(ticket_id)
    rating = await ratings.rating_of(ticket_id)
    why_not = None
    if rating is None:
        try:
            ratings.check_ratable(visit, now)
        except DomainError as refusal:
            language = preferences(request.scope).language
            why_not = translate(refusal.message, language, **refusal.data)
    return {
        "ticket": visit,
        "address": f"/rate/{ticket_id}",
        "office": await catalog.office(visit.office_code),
        "rating": rating,
        "why_not": why_not,
        "form": form,
        "reason": reason,
        "grades": ratings.GRADE_NAMES,
        "statuses": ratings.STATUS_NAMES,
        "decisions": ratings.DECISION_NAMES,
        "terms": await ratings.terms(visit.office_code),
        "longest": ratings.LONGEST_TEXT,
        "days": ratings.RATE_WITHIN.days,
    }


HANDLERS = (RatePage, InvitedPage)
