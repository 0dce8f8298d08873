"""Writing what a visit is: everybody's appointment, and the party that they are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.seating import seats
from services.appointments.seating.people import Placed
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.appointments.visits.planning import Plan
from services.appointments.visits.wishes import seal_wishes
from services.kernel.actor import Actor
from services.kernel.ids import new_id, new_reference
from services.kernel.unit_of_work import UnitOfWork


async def make_party(uow: UnitOfWork, planned: Plan, now: datetime) -> UUID | None:
    """Write that these people come together; None for somebody who comes alone."""
    if planned.party is None:
        return None
    party_id = new_id()
    await uow.execute(
        """
        INSERT INTO party (id, kind, organiser_id, size, created_at) VALUES ($1, $2, $3, $4, $5)
        """,
        party_id,
        planned.party,
        planned.organiser_id,
        len(planned.people),
        now,
    )
    return party_id


async def write(
    uow: UnitOfWork,
    actor: Actor,
    planned: Plan,
    placed: Sequence[Placed],
    now: datetime,
    *,
    party_id: UUID | None,
) -> list[Appointment]:
    """Write everybody's appointment, extra seats, audit record and event."""
    ids = [new_id() for _ in placed]
    rows = await uow.fetch(
        _INSERT,
        ids,
        [new_reference() for _ in placed],
        [one.person_id for one in placed],
        [one.run[0] for one in placed],
        [one.run[-1] for one in placed],
        [one.seats[0].id for one in placed],
        [one.seats[0].share for one in placed],
        [seal_wishes(planned.wishes, appointment_id) for appointment_id in ids],
        [one.nth_of_day for one in placed],
        planned.wish.item_code,
        list(planned.further_items),
        planned.channel,
        party_id,
        now,
    )
    extra = [
        (seat.id, appointment_id)
        for appointment_id, one in zip(ids, placed, strict=True)
        for seat in one.seats[1:]
    ]
    await seats.lengthen(uow, extra)
    made = {row["id"]: appointment_from(row) for row in rows}
    await audit.record_all(
        audit.Record(
            actor=actor,
            action="appointment.booked",
            subject="appointment",
            subject_id=one.id,
            office_code=one.office_code,
            data={
                "item_code": one.item_code,
                "slot_id": str(one.slot_id),
                "share": one.share,
            },
            at=now,
        )
        for one in made.values()
    )
    await events.publish_all(events.BOOKED, dict.fromkeys(ids, now))
    return [made[appointment_id] for appointment_id in ids]


_INSERT = f"""
    INSERT INTO appointment
           (id, reference, status, person_id, item_code, slot_id, office_code, line, starts_at,
            ends_at, seat_id, share, channel, further_items, visit_ends_at, wishes, nth_of_day,
            party_id, sequence, booked_at)
    SELECT new.id, new.reference, 'booked', new.person_id, $10, slot.id, slot.office_code,
           slot.line, slot.starts_at, slot.ends_at, new.seat_id, new.share, $12, $11,
           nullif(last.ends_at, slot.ends_at), new.wishes, new.nth_of_day, $13, 0, $14
      FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[],
                  $7::text[], $8::bytea[], $9::smallint[])
           AS new (id, reference, person_id, slot_id, last_slot_id, seat_id, share, wishes,
                   nth_of_day)
      JOIN slot ON slot.id = new.slot_id
      JOIN slot last ON last.id = new.last_slot_id
     ORDER BY new.person_id
    RETURNING {COLUMNS}
"""  # noqa: S608 - the column list is a constant
