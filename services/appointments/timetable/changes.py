"""Every change of a timetable: first what it would do, then doing exactly that.

A preview is the change itself, carried out in a transaction that is rolled back, so that the two
cannot differ. Applying takes the digest of the preview: when the change would do something else by
now, or hit somebody else, it does nothing and says so.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from msgspec import Struct

from services import audit, catalog
from services.appointments.states import PartyKind, Treatment
from services.appointments.timetable.capacity import lock_office, settled_plan, write_plan
from services.appointments.timetable.closures import WITHIN_DAYS, StartClosure, start_closure
from services.appointments.timetable.errors import CannotKeep, PreviewOutdated
from services.appointments.timetable.exceptions import (
    ChangeSeats,
    Close,
    Reopen,
    SpecialHours,
    change_seats,
    close,
    keep_special_hours,
    reopen,
)
from services.appointments.timetable.halls import plan_for
from services.appointments.timetable.planner import Displaced, Plan
from services.appointments.timetable.schedules import (
    AddSchedule,
    ChangeSchedule,
    CopySchedules,
    EndSchedule,
    add_schedule,
    change_schedule,
    copy_schedules,
    end_schedule,
)
from services.appointments.timetable.short_slots import ShortSlots, short_slots
from services.catalog import SetCalendarDay, SetOpeningException, SetWeek, Text
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.unit_of_work import unit_of_work

TimetableChange = (
    AddSchedule
    | ChangeSchedule
    | EndSchedule
    | CopySchedules
    | Close
    | ChangeSeats
    | SpecialHours
    | Reopen
    | SetOpeningException
    | SetWeek
    | SetCalendarDay
)

_VERBS: Mapping[type[Struct], Callable[[Actor, Any, datetime], Awaitable[object]]] = {
    AddSchedule: add_schedule,
    ChangeSchedule: change_schedule,
    EndSchedule: end_schedule,
    CopySchedules: copy_schedules,
    Close: close,
    ChangeSeats: change_seats,
    SpecialHours: keep_special_hours,
    Reopen: reopen,
    SetOpeningException: catalog.set_opening_exception,
    SetWeek: catalog.set_week,
    SetCalendarDay: catalog.set_calendar_day,
}


class DayEffect(Struct, frozen=True, kw_only=True):
    """What a change does to one line of an office on one day, in slots, seats and people."""

    office_code: str
    day: date
    line: str
    slots_opened: int = 0
    slots_changed: int = 0
    slots_closed: int = 0
    seats_added: int = 0
    seats_removed: int = 0
    displaced: int = 0


class Hit(Struct, frozen=True, kw_only=True):
    """An appointment that loses its seat, as staff may know it; `keepable` if it could stay.

    `party` says with whom one comes, if not alone.
    """

    office_code: str
    reference: str
    line: str
    starts_at: datetime
    keepable: bool
    party: PartyKind | None = None


class Preview(Struct, frozen=True, kw_only=True):
    """What a change would do now, in order of time. `digest` stands for all of it.

    `short` warns of slots in which nothing fits that is done at their windows.
    """

    digest: str
    effects: tuple[DayEffect, ...]
    hits: tuple[Hit, ...]
    short: tuple[ShortSlots, ...] = ()

    @property
    def keepable(self) -> bool:
        """Whether everybody who loses a seat could be received all the same."""
        return all(hit.keepable for hit in self.hits)


class ApplyChange(Struct, frozen=True, kw_only=True):
    """Carry out a change that was seen in a preview.

    `treatment` is for those who lose their seats; the note tells them why, if the change has none.
    """

    change: TimetableChange
    digest: str
    treatment: Treatment = Treatment.REBOOK
    within_days: int = WITHIN_DAYS
    note: Text | None = None


class _RollBackError(Exception):
    """Ends a preview's transaction, with what was found in it."""

    def __init__(self, plans: Mapping[str, Plan]) -> None:
        super().__init__()
        self.plans = plans


async def preview_change(actor: Actor, change: TimetableChange, now: datetime) -> Preview:
    """What a change would do. Nothing stays of it.

    Raises whatever the change itself would be refused with.
    """
    try:
        await _carry_out_and_roll_back(actor, change, now)
    except _RollBackError as found:
        shown = _preview(change, found.plans)
    return msgspec.structs.replace(
        shown, hits=await _with_parties(shown.hits), short=await short_slots(change)
    )


async def _with_parties(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    rows = await database.fetch(
        """
        SELECT a.reference, party.kind FROM appointment a JOIN party ON party.id = a.party_id
         WHERE a.reference = ANY($1::text[])
        """,
        [one.reference for one in hits],
    )
    kinds = {row["reference"]: PartyKind(row["kind"]) for row in rows}
    return tuple(msgspec.structs.replace(one, party=kinds.get(one.reference)) for one in hits)


async def _carry_out_and_roll_back(
    actor: Actor, change: TimetableChange, now: datetime
) -> NoReturn:
    async with unit_of_work():
        await _VERBS[type(change)](actor, change, now)
        raise _RollBackError({code: await plan_for(code, now) for code in await _offices(change)})


async def apply_change(actor: Actor, command: ApplyChange, now: datetime) -> tuple[UUID, ...]:
    """Carry out a change exactly as it was shown; the closures that it starts.

    From the commit on nobody can book what was closed. Whoever loses a seat keeps the appointment
    until a worker has moved it or told them, one after the other.

    Locks the offices' planning, what the change writes, then the seats that go (all or none).

    Raises:
        PreviewOutdated: It would do something else by now. Nothing was changed.
        CannotKeep: Somebody was to keep a time at which nobody will be there.
        Unavailable: The seats are in constant use. Nothing was changed.
        DomainError: Whatever the change itself is refused with.
    """
    change = command.change
    started: list[UUID] = []
    async with unit_of_work() as uow:
        offices = await _offices(change)
        for code in offices:
            await lock_office(uow, code)
        await _VERBS[type(change)](actor, change, now)
        plans = {code: await settled_plan(code, now) for code in offices}
        found = _preview(change, plans)
        if found.digest != command.digest:
            raise PreviewOutdated
        if command.treatment is Treatment.KEEP and not found.keepable:
            raise CannotKeep
        for code, planned in plans.items():
            await write_plan(uow, code, planned, now)
            if planned.displaced and command.treatment is not Treatment.KEEP:
                closure = StartClosure(
                    office_code=code,
                    change=tag_of(change),
                    treatment=command.treatment,
                    within_days=command.within_days,
                    note=note_of(change) or command.note,
                )
                started.append(await start_closure(actor, closure, planned.displaced, now))
        await audit.record(
            actor,
            "appointment.timetable_changed",
            subject="timetable",
            subject_id=offices[0] if len(offices) == 1 else "all",
            office_code=offices[0] if len(offices) == 1 else None,
            data={
                "change": tag_of(change),
                "treatment": command.treatment,
                "appointments": len(found.hits),
            },
            now=now,
        )
    return tuple(started)


def tag_of(change: TimetableChange) -> str:
    """What a change is called in closures and in the audit."""
    return str(change.__struct_config__.tag)


def note_of(change: TimetableChange) -> Text | None:
    """What people are told about a change, if it says so itself."""
    note = getattr(change, "note", None)
    return note if isinstance(note, Text) else None


async def _offices(change: TimetableChange) -> Sequence[str]:
    """The offices whose slots a change may touch, in the order in which they are locked."""
    if isinstance(change, SetCalendarDay):
        return sorted(office.code for office in await catalog.offices())
    if isinstance(change, CopySchedules):
        return sorted(set(change.to_offices))
    return [change.office_code]


def _preview(change: TimetableChange, plans: Mapping[str, Plan]) -> Preview:
    effects = tuple(effect for code, planned in plans.items() for effect in _effects(code, planned))
    found = [_hit(code, one) for code, planned in plans.items() for one in planned.displaced]
    hits = tuple(sorted(found, key=lambda one: (one.starts_at, one.office_code)))
    content = msgspec.json.encode([change, effects, hits])
    return Preview(digest=hashlib.sha256(content).hexdigest(), effects=effects, hits=hits)


def _hit(code: str, one: Displaced) -> Hit:
    return Hit(
        office_code=code,
        reference=one.reference,
        line=one.line,
        starts_at=one.starts_at,
        keepable=one.keepable,
    )


def _effects(code: str, planned: Plan) -> list[DayEffect]:
    """The plan's figures by day and line; seats that only change hands are not among them."""
    figures: dict[tuple[date, str], dict[str, int]] = {}

    def count(day: date, line: str, **more: int) -> None:
        found = figures.setdefault((day, line), {})
        for name, number in more.items():
            found[name] = found.get(name, 0) + number

    for made in planned.made:
        count(local_date(made.starts_at), made.line, slots_opened=1, seats_added=len(made.shares))
    for step in planned.steps:
        reopened = step.slot.closed and not step.closed
        closed = step.closed and not step.slot.closed
        changed = not (reopened or closed) and bool(step.seats_added or step.seats_removed)
        if reopened or closed or changed or step.displaced:
            count(
                local_date(step.slot.starts_at),
                step.slot.line,
                slots_opened=int(reopened),
                slots_closed=int(closed),
                slots_changed=int(changed),
                seats_added=step.seats_added,
                seats_removed=step.seats_removed,
                displaced=len(step.displaced),
            )
    return [
        DayEffect(office_code=code, day=day, line=line, **numbers)
        for (day, line), numbers in sorted(figures.items())
    ]
