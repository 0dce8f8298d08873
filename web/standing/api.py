"""Where one stands with the booking rules, for programs."""

from datetime import datetime
from typing import Annotated

from litestar import get
from msgspec import Meta, Struct

from services import appointments
from services.appointments import PenaltyReason, StrikeKind
from services.kernel.clock import to_local
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.common.guards import CurrentActor, Now, citizen


class Limits(Struct):
    """The figures of the city's general rule; a hall may have set others."""

    no_shows: int
    no_shows_days: int
    cancellations: int
    cancellations_days: int
    bookings_a_day: int
    blocked_days: int


class StandingAnswer(Struct):
    """What counts at present, by the document and the phone of the account.

    `blocked_until` is null while nothing pauses booking; `suspended` says that an emergency
    suspends every penalty in the whole city.
    """

    no_shows: Annotated[int, Meta(examples=[1])]
    cancellations: Annotated[int, Meta(examples=[0])]
    blocked_until: datetime | None
    reason: PenaltyReason | None
    appeal_open: bool
    suspended: bool
    limits: Limits


@get(
    "/me/standing",
    operation_id="get_standing",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("What counts against you"),
    responses=problems(),
)
async def get_standing(actor: CurrentActor, now: Now) -> StandingAnswer:
    """How many missed and cancelled appointments count, and until when booking is paused."""
    found = await appointments.standing(actor, now)
    penalty = found.penalty if found.blocked else None
    names = Limits.__struct_fields__
    return StandingAnswer(
        no_shows=found.number(StrikeKind.NO_SHOW),
        cancellations=found.number(StrikeKind.CANCELLATION),
        blocked_until=to_local(penalty.blocked_until) if penalty else None,
        reason=penalty.reason if penalty else None,
        appeal_open=found.open_appeal is not None,
        suspended=found.emergency is not None,
        limits=Limits(**{name: getattr(found.rule, name) for name in names}),
    )


HANDLERS = (get_standing,)
