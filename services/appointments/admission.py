"""Whether a person may have a seat in a slot: the checks before any seat is touched.

What is asked here can change a moment later; the constraints stand behind each answer. The checks
exist so that a refusal says why, and so that a transaction that is bound to fail locks no seat.
"""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import catalog, identity
from services.appointments.errors import (
    AlreadyBooked,
    BookingBlocked,
    DayTaken,
    ItemNotBookable,
    NotReleased,
    OtherLine,
    SlotClosed,
    SlotPast,
    SlotUnknown,
    TooFarAhead,
)
from services.appointments.rules import DEFAULT, Rule
from services.appointments.states import BookingChannel, Share
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, Forbidden, InvalidInput
from services.kernel.i18n import N_
from services.kernel.unit_of_work import UnitOfWork

# Who may book for others, at which offices they may; identity holds the roles.
BOOKING_ROLES = (
    identity.Role.CLERK,
    identity.Role.SUPERVISOR,
    identity.Role.TELEPHONE_OPERATOR,
)

CHOOSE_A_PERSON = N_("Please say for whom you are booking.")

RULE_COLUMNS = ", ".join(f"rule.{name}" for name in Rule.__struct_fields__)
# The most particular rule that fits a slot or an appointment, by its alias.
RULE_OF = """
    LEFT JOIN LATERAL (
        SELECT * FROM booking_rule r
         WHERE coalesce(r.office_code, {of}.office_code) = {of}.office_code
           AND coalesce(r.line, {of}.line) = {of}.line
         ORDER BY r.office_code NULLS LAST, r.line NULLS LAST LIMIT 1) rule ON true
"""

_OFFER = f"""
    SELECT slot.id, slot.office_code, slot.line, slot.starts_at, slot.ends_at, slot.released_at,
           slot.closed_at, {RULE_COLUMNS},
           (SELECT max(blocked_until) FROM booking_penalty
             WHERE person_id = $2 AND blocked_until > $4) AS blocked_until,
           same_item.reference AS same_item,
           same_day.reference AS same_day,
           mine.id AS hold_id, mine.seat_id AS hold_seat_id, kept.slot_id AS hold_slot_id
      FROM slot
      {RULE_OF.format(of="slot")}
      LEFT JOIN appointment same_item
        ON same_item.person_id = $2 AND same_item.item_code = $3
       AND same_item.status IN ('booked', 'checked_in')
      LEFT JOIN appointment same_day
        ON same_day.person_id = $2 AND same_day.line = slot.line
       AND same_day.day = (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
       AND same_day.status IN ('booked', 'checked_in')
      LEFT JOIN hold mine
        ON mine.person_id = $2 AND mine.item_code = $3 AND mine.status = 'active'
      LEFT JOIN seat kept ON kept.id = mine.seat_id
     WHERE slot.id = $1
"""  # noqa: S608 - constants only


class Wish(Struct, frozen=True, kw_only=True):
    """Who wants what, with the checks passed that need no slot."""

    person_id: UUID
    item_code: str
    line: str
    share: Share
    channel: BookingChannel
    by_staff: bool


class KeptSeat(Struct, frozen=True, kw_only=True):
    """The person's active hold for the item."""

    hold_id: UUID
    seat_id: UUID
    slot_id: UUID


class Offer(Struct, frozen=True, kw_only=True):
    """A slot that the person may book, its rule, and the hold they have for the item."""

    slot_id: UUID
    office_code: str
    line: str
    starts_at: datetime
    ends_at: datetime
    rule: Rule
    kept: KeptSeat | None


def rule_from(row: asyncpg.Record) -> Rule:
    """The rule in a row's RULE_COLUMNS; the defaults where no rule is set."""
    if row["days_ahead"] is None:
        return DEFAULT
    return Rule(**{name: row[name] for name in Rule.__struct_fields__})


async def admit(
    actor: Actor, item_code: str, *, person_id: UUID | None = None, share: Share = Share.ONLINE
) -> Wish:
    """Check who may book what: a citizen for themselves, staff for `person_id`.

    Raises:
        InvalidInput: Staff did not say for whom.
        NotSignedIn, Forbidden: The actor may not book (for somebody else, or from this share).
        ItemUnknown, ItemNotBookable: There is no such item, or not by appointment.
        RealNameRequired: The person has not registered a name and a document.
    """
    by_staff = actor.kind is ActorKind.STAFF
    if by_staff:
        actor.require_role(*BOOKING_ROLES)
        if person_id is None:
            raise InvalidInput(FieldError("person_id", "person_missing", CHOOSE_A_PERSON))
    else:
        own_id = actor.person_id()
        if person_id not in (None, own_id) or share is not Share.ONLINE:
            raise Forbidden
        person_id = own_id
    item = await catalog.item(item_code)
    if not item.bookable:
        raise ItemNotBookable
    await identity.require_real_name(person_id)
    return Wish(
        person_id=person_id,
        item_code=item.code,
        line=item.line,
        share=share,
        channel=channel_of(actor),
        by_staff=by_staff,
    )


def channel_of(actor: Actor) -> BookingChannel:
    """The way by which somebody books: the counter counts before the telephone for who has both."""
    if actor.has_role(identity.Role.CLERK, identity.Role.SUPERVISOR):
        return BookingChannel.DESK
    return BookingChannel.TELEPHONE if actor.kind is ActorKind.STAFF else BookingChannel.ONLINE


async def offer(
    uow: UnitOfWork,
    actor: Actor,
    wish: Wish,
    slot_id: UUID,
    now: datetime,
    *,
    moving: bool = False,
) -> Offer:
    """Read one slot and check that it can be booked for `wish`; locks nothing.

    `moving` says that the person's own appointment for the item is being moved here, so that
    neither it nor a penalty stands in the way.

    Raises:
        SlotUnknown, SlotPast, SlotClosed, OtherLine, NotReleased, TooFarAhead: The slot is not one
            that can be booked now.
        BookingBlocked, AlreadyBooked, DayTaken: The person may not book it.
        Forbidden: Staff of another office.
    """
    row = await uow.fetchrow(_OFFER, slot_id, wish.person_id, wish.item_code, now)
    if row is None:
        raise SlotUnknown
    if wish.by_staff:
        actor.require_role(*BOOKING_ROLES, office_code=row["office_code"])
    rule = rule_from(row)
    _check_slot(row, wish.line, now)
    await _check_horizon(row["starts_at"], rule, now)
    _check_person(row, moving=moving)
    kept = None
    if row["hold_id"] is not None:
        kept = KeptSeat(
            hold_id=row["hold_id"], seat_id=row["hold_seat_id"], slot_id=row["hold_slot_id"]
        )
    return Offer(
        slot_id=row["id"],
        office_code=row["office_code"],
        line=row["line"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        rule=rule,
        kept=kept,
    )


def _check_slot(row: asyncpg.Record, line: str, now: datetime) -> None:
    if row["line"] != line:
        raise OtherLine
    if row["starts_at"] <= now:
        raise SlotPast
    if row["closed_at"] is not None:
        raise SlotClosed
    if now < row["released_at"]:
        raise NotReleased(released_at=row["released_at"])


def _check_person(row: asyncpg.Record, *, moving: bool) -> None:
    own = row["same_item"] if moving else None
    if not moving and row["blocked_until"] is not None:
        raise BookingBlocked(blocked_until=row["blocked_until"])
    if row["same_item"] != own:
        raise AlreadyBooked(reference=row["same_item"])
    if row["same_day"] not in (None, own):
        raise DayTaken(reference=row["same_day"])


async def _check_horizon(starts_at: datetime, rule: Rule, now: datetime) -> None:
    """A released slot can still be too far ahead when the rule was tightened since."""
    today, day = local_date(now), local_date(starts_at)
    # So many calendar days hold at most as many working days: no need to ask the calendar.
    if day - today <= timedelta(days=rule.days_ahead):
        return
    last = (await catalog.working_days_ahead(today, rule.days_ahead))[-1]
    if day > last:
        raise TooFarAhead(last_day=last)
