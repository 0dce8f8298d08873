"""Whether a person may have a seat in a slot: the checks before any seat is touched.

What is asked here can change a moment later; the constraints stand behind each answer. The checks
exist so that a refusal says why, and so that a transaction that is bound to fail locks no seat.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from services import catalog, identity
from services.appointments.booking.errors import (
    HoldUnknown,
    ItemNotBookable,
    LongerThanSlot,
    SlotUnknown,
)
from services.appointments.booking.facts import Facts, Question, facts_of
from services.appointments.booking.fair_start import before_turn
from services.appointments.booking.refusals import may_be_too_far, refusal
from services.appointments.states import BookingChannel, Share
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date
from services.kernel.errors import DomainError, FieldError, Forbidden, InvalidInput
from services.kernel.i18n import N_
from services.kernel.unit_of_work import UnitOfWork

# Who may book for others, at which offices they may; identity holds the roles.
BOOKING_ROLES = (
    identity.Role.CLERK,
    identity.Role.SUPERVISOR,
    identity.Role.TELEPHONE_OPERATOR,
)

# The scope with which a partner's key books for those whom the partner has registered.
PARTNER_SCOPE = "appointments:write"

CHOOSE_A_PERSON = N_("Please say for whom you are booking.")


class Wish(Struct, frozen=True, kw_only=True):
    """Who wants what, with the checks passed that need no slot.

    `minutes` is what one slot has to give; 0 where several slots are found for it.
    """

    person_id: UUID
    item_code: str
    line: str
    minutes: int
    share: Share
    channel: BookingChannel
    by_staff: bool


class Application(Struct, frozen=True, kw_only=True):
    """A wish for one slot, or for the slot of a hold, at the moment `now`.

    `moving` says that the person's own appointment for the item is being moved there, so that
    neither it nor a penalty stands in the way; `keeping`, that a seat is only kept, for which
    nobody has to have said who they are; `for_others`, that somebody else will sit there, so that
    nothing that the person has does.
    """

    actor: Actor
    wish: Wish
    slot_id: UUID | None = None
    hold_id: UUID | None = None
    now: datetime
    moving: bool = False
    keeping: bool = False
    for_others: bool = False


async def admit(
    actor: Actor, item_code: str, *, person_id: UUID | None = None, share: Share = Share.ONLINE
) -> Wish:
    """Check who may book what: a citizen for themselves, staff and partners for `person_id`.

    That a partner has registered the person is for services/partners to ask.

    Raises:
        RealNameRequired: The person has not registered a name and a document.
        DomainError: As `wish_of`.
    """
    wish = await wish_of(actor, item_code, person_id=person_id, share=share)
    await identity.require_real_name(wish.person_id)
    return wish


async def wish_of(
    actor: Actor, item_code: str, *, person_id: UUID | None = None, share: Share = Share.ONLINE
) -> Wish:
    """As `admit`, without the real name, which the caller asks for many at once.

    Raises:
        InvalidInput: Staff, or a partner, did not say for whom.
        NotSignedIn, Forbidden: The actor may not book (for somebody else, or from this share).
        ItemUnknown, ItemNotBookable: There is no such item, or not by appointment.
    """
    by_staff = actor.kind is ActorKind.STAFF
    if by_staff or actor.kind is ActorKind.PARTNER:
        if by_staff:
            actor.require_role(*BOOKING_ROLES)
        else:
            actor.partner_id(PARTNER_SCOPE)
        if person_id is None:
            raise InvalidInput(FieldError("person_id", "person_missing", CHOOSE_A_PERSON))
        if not by_staff and share is not Share.ONLINE:
            raise Forbidden
    else:
        own_id = actor.person_id()
        if person_id not in (None, own_id) or share is not Share.ONLINE:
            raise Forbidden
        person_id = own_id
    item = await catalog.item(item_code)
    if not item.bookable:
        raise ItemNotBookable
    return Wish(
        person_id=person_id,
        item_code=item.code,
        line=item.line,
        minutes=item.minutes,
        share=share,
        channel=channel_of(actor),
        by_staff=by_staff,
    )


def channel_of(actor: Actor) -> BookingChannel:
    """The way by which somebody books: the counter counts before the telephone for who has both."""
    if actor.has_role(identity.Role.CLERK, identity.Role.SUPERVISOR):
        return BookingChannel.DESK
    ways = {
        ActorKind.STAFF: BookingChannel.TELEPHONE,
        ActorKind.PARTNER: BookingChannel.PARTNER,
    }
    return ways.get(actor.kind, BookingChannel.ONLINE)


def may_act_at(actor: Actor, office_code: str) -> bool:
    """Whether an actor may book and change there; a citizen may everywhere."""
    if actor.kind is ActorKind.STAFF:
        return actor.has_role(*BOOKING_ROLES, office_code=office_code)
    if actor.kind is ActorKind.PARTNER:
        return actor.has_scope(PARTNER_SCOPE, office_code=office_code)
    return True


async def offer(
    uow: UnitOfWork,
    actor: Actor,
    wish: Wish,
    slot_id: UUID,
    now: datetime,
    *,
    moving: bool = False,
    keeping: bool = False,
) -> Facts:
    """Read one slot and check that it can be booked for `wish`; locks nothing.

    Raises:
        RealNameRequired: The person has not registered a name and a document, nor is it only kept.
        SlotUnknown, SlotPast, SlotClosed, OtherLine, NotReleased, TooFarAhead, TooLateToBook: The
            slot is not one that can be booked now.
        BookingBlocked, AlreadyBooked, DayTaken: The person may not book it.
        Forbidden: Staff of another office, or a partner with a key for another one.
    """
    application = Application(
        actor=actor, wish=wish, slot_id=slot_id, now=now, moving=moving, keeping=keeping
    )
    [verdict] = await offers(uow, [application])
    if isinstance(verdict, DomainError):
        raise verdict
    return verdict


async def offers(uow: UnitOfWork, applications: Sequence[Application]) -> list[Facts | DomainError]:
    """What `offer` finds for each application, or what it would raise; one query for all."""
    keys = await identity.blind_keys(one.wish.person_id for one in applications)
    found = await facts_of(
        uow,
        [
            Question(
                person_id=one.wish.person_id,
                document_key=keys[one.wish.person_id].document,
                phone_key=keys[one.wish.person_id].phone,
                item_code=one.wish.item_code,
                slot_id=one.slot_id,
                hold_id=one.hold_id,
                at=one.now,
            )
            for one in applications
        ],
    )
    horizon = Horizon()
    return [
        await _verdict(one, facts, horizon)
        if one.keeping or keys[one.wish.person_id].document
        else identity.RealNameRequired()
        for one, facts in zip(applications, found, strict=True)
    ]


async def _verdict(
    one: Application, facts: Facts | None, horizon: "Horizon"
) -> Facts | DomainError:
    if facts is None:
        return SlotUnknown() if one.hold_id is None else HoldUnknown()
    wish = one.wish
    if not may_act_at(one.actor, facts.office_code):
        return Forbidden()
    last_day = await horizon.last_day(facts, one.now)
    against = refusal(
        facts,
        wish.line,
        one.now,
        last_day=last_day,
        moving=one.moving,
        by_staff=wish.by_staff,
        for_others=one.for_others,
    )
    if against is None and facts.ends_at - facts.starts_at < timedelta(minutes=wish.minutes):
        return LongerThanSlot()
    # Whoever books for others at a counter or by telephone does not race anybody.
    if against is None and not wish.by_staff:
        against = before_turn(wish.person_id, facts, one.now)
    return against or facts


class Horizon:
    """The furthest day that can be booked, looked up once for all who ask in one batch."""

    def __init__(self) -> None:
        self._known: dict[tuple[date, int], date] = {}

    async def last_day(self, facts: Facts, now: datetime) -> date | None:
        """It, where it can matter."""
        if not may_be_too_far(facts, now):
            return None
        key = (local_date(now), facts.rule.days_ahead)
        if key not in self._known:
            self._known[key] = (await catalog.working_days_ahead(*key))[-1]
        return self._known[key]
