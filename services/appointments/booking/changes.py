"""Cancelling and moving an appointment."""

import secrets
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import structs

from services import audit, catalog
from services.appointments import events, limits
from services.appointments.booking.admission import Wish, admit, may_act_at, offer
from services.appointments.booking.errors import (
    AlreadyBooked,
    AppointmentSettled,
    AppointmentUnknown,
    DayTaken,
    MovedMeanwhile,
    SameSlot,
    SomebodyBooked,
    TooLateToChange,
)
from services.appointments.booking.refusals import number_that_day
from services.appointments.booking.reseating import Sitting, reseat
from services.appointments.booking.transitions import move
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import Rule, change_deadline, return_moment, shares_to_try
from services.appointments.seating import returns
from services.appointments.seating.demand import found_full
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.standing import strikes
from services.appointments.states import AppointmentStatus, BookingChannel, Share
from services.appointments.views import Appointment
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import normalise_reference
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

_chance = secrets.SystemRandom()


async def cancel(actor: Actor, reference: str, now: datetime) -> Appointment:
    """Cancel a citizen's own appointment, a companion's, or one at an office of the staff's.

    Its seats can be had again after a random while. Locks the appointment, then its
    seats, then what is counted against who cancels: a citizen, also for those whom they
    have booked for, or the person for whom a partner does it.

    Raises:
        AppointmentUnknown: It does not exist, or is somebody else's.
        TooLateToChange: Past the deadline, which binds all but staff.
        AppointmentSettled: It was used, missed or cancelled.
    """
    async with unit_of_work() as uow:
        row, rule = await lock_to_change(uow, actor, reference, now)
        appointment = await move(uow, row["id"], AppointmentStatus.CANCELLED, now)
        public_from = return_moment(now, rule, _chance.random())
        await returns.visit_comes_back(uow, row["id"], row["seat_id"], now, public_from=public_from)
        await audit.record(
            actor,
            "appointment.cancelled",
            subject="appointment",
            subject_id=appointment.id,
            office_code=appointment.office_code,
            now=now,
        )
        await events.publish(events.CANCELLED, appointment.id, now)
        # What staff cancel is nobody's doing here; a partner acts for the person. Who has arranged
        # it for somebody else answers for it, or places could be hoarded in others' names.
        if actor.kind is not ActorKind.STAFF:
            by_citizen = actor.kind is ActorKind.CITIZEN
            answers = actor.person_id() if by_citizen else appointment.person_id
            await strikes.cancelled(uow, appointment, answers, now)
    return appointment


async def reschedule(
    actor: Actor, reference: str, slot_id: UUID, now: datetime, *, seen: int | None = None
) -> Appointment:
    """Move an appointment to another slot of its line, at any office; the reference stays.

    What somebody moves who was booked for by another leaves that party: the organiser keeps what
    they have booked, and does not learn what its person makes of it by themselves.

    `seen` is the sequence of the appointment as the actor was shown it, if they were.

    The old seats are given back only once the new ones are taken: whatever fails, the appointment
    stands as it was. Locks the appointment, the new seats (without waiting; for several, their
    slots before), the old seats.

    Raises:
        SameSlot: It is at that time already.
        MovedMeanwhile: It has been moved since it was seen.
        SlotFull, VisitDoesNotFit: Not enough seats are left there.
        SomebodyBooked: An organiser's companion has something else that day.
        DomainError: As `cancel` and `admission.offer`.
    """
    if actor.kind is ActorKind.CITIZEN:
        await charge((limits.BOOK_BY_PERSON, str(actor.person_id())))
    async with unit_of_work() as uow:
        row, rule = await lock_to_change(uow, actor, reference, now)
        if row["status"] != AppointmentStatus.BOOKED:
            raise AppointmentSettled(status=row["status"])
        if row["slot_id"] == slot_id:
            raise SameSlot
        if seen not in (None, row["sequence"]):
            raise MovedMeanwhile
        share = Share(row["share"]) if actor.kind is ActorKind.STAFF else Share.ONLINE
        wish, minutes = await _as_it_is(actor, row, share)
        try:
            offered = await offer(uow, actor, wish, slot_id, now, moving=True)
        except (AlreadyBooked, DayTaken) as error:
            # What a companion has booked by themselves is not the organiser's to know.
            if actor.kind is ActorKind.CITIZEN and actor.id != wish.person_id:
                raise SomebodyBooked from error
            raise
        number = number_that_day(offered, moving=True)
        sitting = Sitting(
            appointment_id=row["id"],
            person_id=wish.person_id,
            seat_id=row["seat_id"],
            nth_of_day=number or 1,
            leaves=_takes_it_over(actor, row),
        )
        try:
            moved = await reseat(
                uow, [sitting], offered, now, minutes=minutes, shares=shares_to_try(share)
            )
        except (SlotFull, VisitDoesNotFit):
            found_full(slot_id, row["person_id"])
            raise
        public_from = return_moment(now, rule, _chance.random())
        await returns.all_come_back(uow, moved.left, now, public_from=public_from)
        [appointment] = moved.appointments
        await audit.record(
            actor,
            "appointment.rescheduled",
            subject="appointment",
            subject_id=appointment.id,
            office_code=appointment.office_code,
            data={"from_slot_id": str(row["slot_id"]), "slot_id": str(slot_id)},
            now=now,
        )
        await events.publish(events.RESCHEDULED, appointment.id, now)
    return appointment


def _takes_it_over(actor: Actor, row: asyncpg.Record) -> bool:
    by_themselves = actor.kind is ActorKind.CITIZEN and actor.id == row["person_id"]
    return by_themselves and row["organiser_id"] not in (None, actor.id)


async def _as_it_is(actor: Actor, row: asyncpg.Record, share: Share) -> tuple[Wish, int]:
    """The wish that an appointment has fulfilled, and how many minutes it takes."""
    whose = None if actor.kind is ActorKind.CITIZEN else row["person_id"]
    wish = await admit(actor, row["item_code"], person_id=whose, share=share)
    further = [await catalog.item(code) for code in row["further_items"]]
    minutes = wish.minutes + sum(item.minutes for item in further)
    # An organiser moves a companion's.
    return structs.replace(wish, person_id=row["person_id"], minutes=0), minutes


async def lock_to_change(
    uow: UnitOfWork, actor: Actor, reference: str, now: datetime
) -> tuple[asyncpg.Record, Rule]:
    """Lock an appointment that the actor may change, and read its rule.

    Only its status decides whether the step is allowed; that is for the caller to ask.
    """
    row = await uow.fetchrow(
        f"""
        SELECT a.id, a.status, a.person_id, a.item_code, a.office_code, a.slot_id, a.seat_id,
               a.share, a.channel, a.sequence, a.starts_at, a.displaced, a.further_items,
               a.party_id, party.organiser_id, {RULE_COLUMNS}
          FROM appointment a LEFT JOIN party ON party.id = a.party_id {RULE_OF.format(of="a")}
         WHERE a.reference = $1 FOR UPDATE OF a
        """,  # noqa: S608 - constants only
        normalise_reference(reference),
    )
    if row is None:
        raise AppointmentUnknown
    rule = rule_from(row)
    if not _is_reachable(actor, row):
        raise AppointmentUnknown
    until = change_deadline(row["starts_at"], rule, displaced=row["displaced"])
    still_booked = row["status"] == AppointmentStatus.BOOKED
    if actor.kind is not ActorKind.STAFF and still_booked and until < now:
        raise TooLateToChange(until=until)
    return row, rule


def _is_reachable(actor: Actor, row: asyncpg.Record) -> bool:
    """Whether it is an actor's to change; which of the partners' it is, services/partners asks."""
    if actor.kind is ActorKind.STAFF:
        return may_act_at(actor, row["office_code"])
    if actor.kind is ActorKind.PARTNER:
        by_partner = row["channel"] == BookingChannel.PARTNER
        return by_partner and may_act_at(actor, row["office_code"])
    return actor.person_id() in (row["person_id"], row["organiser_id"])
