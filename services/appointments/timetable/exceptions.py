"""Exceptions to the weekly schedules: closed windows, more or fewer seats, special hours.

A whole hall that closes is an exception of its opening hours, so that everybody who looks at the
hall's page sees it; everything smaller is kept here.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct

from services import audit, catalog
from services.appointments.states import ExceptionKind
from services.appointments.timetable.errors import ExceptionWrong, ScheduleUnknown
from services.appointments.timetable.schedules import Figures, require_administrator
from services.catalog import Line, Period, Text
from services.identity import Role
from services.kernel.actor import Actor, ActorKind
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

LONGEST = timedelta(days=366)
WRONG_DAYS = N_("Please choose a day from the first day on, at most a year later.")
WRONG_HOURS = N_("Please choose an end that is later than the beginning.")


class Days(Struct, frozen=True, kw_only=True):
    """Where and when, and what people are told about it; local clock times, the whole day at first.

    A slot is concerned that lies in the hours with any part.
    """

    office_code: str
    first_day: date
    last_day: date
    note: Text
    starts: time = time.min
    ends: time = time.max


class Close(Days, frozen=True, kw_only=True, tag="close"):
    """Close the hall, or the windows of one line, or one window's share of the seats."""

    line: Line | None = None
    window_id: UUID | None = None


class ChangeSeats(Days, frozen=True, kw_only=True, tag="seats"):
    """So many more (or, negative, fewer) seats a slot for a line; those added are for everybody."""

    line: Line
    seats_change: int


class SpecialHours(Figures, frozen=True, kw_only=True, tag="hours"):
    """Other slots for a line, in place of the weekly ones; `open_doors` opens the hall then too."""

    office_code: str
    line: Line
    first_day: date
    last_day: date
    note: Text
    open_doors: bool = False


class Reopen(Struct, frozen=True, kw_only=True, tag="reopen"):
    """Take an exception back: one of the timetable by its key, or the hall's hours of a day."""

    office_code: str
    exception_id: UUID | None = None
    day: date | None = None


async def close(actor: Actor, command: Close, now: datetime) -> None:
    """Close at short notice. For administrators, and supervisors at their own office.

    Raises:
        InvalidInput: The days or hours are out of order or too many.
        ExceptionWrong: Line and window are both given.
        ExceptionOverlaps: These windows are closed then already.
        WindowUnknown, OfficeUnknown: There is none such at the office.
    """
    require_closing(actor, command.office_code)
    if command.line is not None and command.window_id is not None:
        raise ExceptionWrong
    _check(command.first_day, command.last_day, command.starts, command.ends)
    async with unit_of_work() as uow:
        if command.line is None and command.window_id is None:
            await _close_hall(actor, command, now)
            return
        if command.window_id is not None:
            window = await catalog.window(command.window_id)
            if window.office_code != command.office_code:
                raise catalog.WindowUnknown
        await _insert(
            uow,
            command,
            kind=ExceptionKind.WINDOW if command.window_id else ExceptionKind.CLOSED,
            line=command.line,
            window_id=command.window_id,
        )
        await _record(actor, command.office_code, "appointment.exception_added", "close", now)


async def _close_hall(actor: Actor, command: Close, now: datetime) -> None:
    for day in _days(command.first_day, command.last_day):
        open_ = await catalog.opening_periods(command.office_code, day)
        left = tuple(_without(open_, command.starts, command.ends))
        if left == open_:
            continue
        await catalog.set_opening_exception(
            actor,
            catalog.SetOpeningException(
                office_code=command.office_code, day=day, note=command.note, periods=left
            ),
            now,
        )


def _without(periods: Sequence[Period], starts: time, ends: time) -> Iterator[Period]:
    """What is left of opening periods when a stretch is taken out."""
    for period in periods:
        if period.opens < starts:
            yield Period(period.opens, min(period.closes, starts))
        if period.closes > ends:
            yield Period(max(period.opens, ends), period.closes)


def joined(periods: Sequence[Period], starts: time, ends: time) -> tuple[Period, ...]:
    """Opening periods with a stretch added; what touches becomes one."""
    apart = [one for one in periods if one.closes < starts or one.opens > ends]
    touching = [one for one in periods if one not in apart]
    whole = Period(
        min([starts, *(one.opens for one in touching)]),
        max([ends, *(one.closes for one in touching)]),
    )
    return tuple(sorted([*apart, whole]))


async def change_seats(actor: Actor, command: ChangeSeats, now: datetime) -> None:
    """Give a line more or fewer seats for some days. For administrators.

    Raises InvalidInput, ExceptionWrong, ExceptionOverlaps and OfficeUnknown.
    """
    require_administrator(actor, command.office_code)
    _check(command.first_day, command.last_day, command.starts, command.ends)
    await catalog.office(command.office_code)
    async with unit_of_work() as uow:
        await _insert(
            uow,
            command,
            kind=ExceptionKind.SEATS,
            line=command.line,
            seats_change=command.seats_change,
        )
        await _record(actor, command.office_code, "appointment.exception_added", "seats", now)


async def keep_special_hours(actor: Actor, command: SpecialHours, now: datetime) -> None:
    """Give a line other slots for some days. For administrators.

    Raises InvalidInput, ExceptionWrong, ExceptionOverlaps and OfficeUnknown.
    """
    require_administrator(actor, command.office_code)
    _check(command.first_day, command.last_day, command.starts, command.ends)
    days = Days(
        office_code=command.office_code,
        first_day=command.first_day,
        last_day=command.last_day,
        note=command.note,
        starts=command.starts,
        ends=command.ends,
    )
    async with unit_of_work() as uow:
        await _insert(uow, days, kind=ExceptionKind.HOURS, line=command.line, figures=command)
        for day in _days(command.first_day, command.last_day) if command.open_doors else ():
            open_ = await catalog.opening_periods(command.office_code, day)
            longer = joined(open_, command.starts, command.ends)
            if longer != open_:
                await catalog.set_opening_exception(
                    actor,
                    catalog.SetOpeningException(
                        office_code=command.office_code,
                        day=day,
                        note=command.note,
                        periods=longer,
                    ),
                    now,
                )
        await _record(actor, command.office_code, "appointment.exception_added", "hours", now)


async def reopen(actor: Actor, command: Reopen, now: datetime) -> None:
    """Take an exception back. For administrators; supervisors reopen what they may close.

    Raises ScheduleUnknown when it is not there any more.
    """
    require_closing(actor, command.office_code)
    async with unit_of_work() as uow:
        if command.day is not None:
            await catalog.remove_opening_exception(actor, command.office_code, command.day, now)
        if command.exception_id is not None:
            kind = await uow.fetchval(
                "DELETE FROM schedule_exception WHERE id = $1 AND office_code = $2 RETURNING kind",
                command.exception_id,
                command.office_code,
            )
            if kind is None:
                raise ScheduleUnknown
            if kind not in {ExceptionKind.CLOSED, ExceptionKind.WINDOW}:
                require_administrator(actor, command.office_code)
            await _record(actor, command.office_code, "appointment.exception_removed", kind, now)


def _days(first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last`. Raises InvalidInput when they are none or too many."""
    if not timedelta() <= last - first <= LONGEST:
        raise InvalidInput(FieldError("last_day", "days_wrong", WRONG_DAYS))
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _check(first: date, last: date, starts: time, ends: time) -> None:
    """Raise InvalidInput that names the day or the hour that is out of order."""
    _days(first, last)
    if starts >= ends:
        raise InvalidInput(FieldError("ends", "hours_wrong", WRONG_HOURS))


async def _insert(
    uow: UnitOfWork,
    days: Days,
    *,
    kind: ExceptionKind,
    line: Line | None = None,
    window_id: UUID | None = None,
    seats_change: int | None = None,
    figures: Figures | None = None,
) -> None:
    await uow.execute(
        """
        INSERT INTO schedule_exception
               (id, office_code, kind, line, window_id, first_day, last_day, starts, ends,
                seats_change, slot_minutes, seats, kept_telephone, kept_green_channel,
                kept_on_site, note_zh, note_en)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        new_id(),
        days.office_code,
        kind,
        line,
        window_id,
        days.first_day,
        days.last_day,
        days.starts,
        days.ends,
        seats_change,
        figures.slot_minutes if figures else None,
        figures.seats if figures else None,
        figures.kept_telephone if figures else None,
        figures.kept_green_channel if figures else None,
        figures.kept_on_site if figures else None,
        days.note.zh,
        days.note.en,
    )


async def _record(actor: Actor, office_code: str, action: str, kind: str, now: datetime) -> None:
    await audit.record(
        actor,
        action,
        subject="office",
        subject_id=office_code,
        office_code=office_code,
        data={"kind": kind},
        now=now,
    )


def require_closing(actor: Actor, office_code: str) -> None:
    """Raise unless the actor may close windows of the office at short notice."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(Role.ADMINISTRATOR, Role.SUPERVISOR, office_code=office_code)
