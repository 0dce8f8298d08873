"""When one may book, and what that costs the others. Pure: no clock, no database, no chance.

Days and clock times are the halls' (Asia/Shanghai); moments are UTC. Defaults: see docs of each
field of `Rule`; an office, a line, or a line at an office may set its own (table booking_rule).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from services.appointments.states import Reminder, SeatState, Share
from services.kernel.clock import local_date, local_moment, to_local

MONDAY, SATURDAY = 1, 6
# So long the hall may take a step back that was a misclick.
UNDO_WITHIN = timedelta(seconds=10)

# Nobody is asked to answer an offer at night.
OFFERS_FROM, OFFERS_TO = time(8, 0), time(21, 0)
# The first reminder comes at a decent hour of the day before, the second two hours before.
REMIND_AT, REMIND_UNTIL = time(18, 0), time(21, 0)
REMIND_BEFORE = timedelta(hours=2)
REMIND_AT_LEAST = timedelta(minutes=30)
# Seats that come back are the waiting list's before they are everybody's. Long enough for a
# worker that is busy, short enough that no seat is lost with a worker that is away.
FIRST_OFFERED = timedelta(minutes=1)


class Rule(Struct, frozen=True, kw_only=True):
    """How one line at one office is booked."""

    # So many working days after today can be booked, and today.
    days_ahead: int = 5
    # The clock time at which the furthest day is released.
    release_at: time = time(8, 0)
    # How long a chosen seat is kept while a person checks their details.
    hold_minutes: int = 10
    # Until how long before the beginning one may cancel or move.
    cancel_until_minutes: int = 120
    # A seat given back can be had again after a random while, so that it cannot be passed on
    # by cancelling and booking in one breath.
    return_min_minutes: int = 5
    return_max_minutes: int = 30
    # Online, at least so many calendar days before: 0 is the same day.
    days_before: int = 1
    # Whoever asks within so many seconds after a release takes part in one drawing of lots.
    fair_start_seconds: int = 2
    # How long a seat is kept for the one on the waiting list to whom it is offered.
    offer_minutes: int = 30
    # How often a person may have a hold prolonged by its minutes.
    hold_extensions: int = 1
    # How many active appointments a person may have on one day at one line's windows.
    per_day_and_line: int = 1
    # So many no-shows within so many days pause booking.
    no_shows: int = 2
    no_shows_days: int = 30
    # More bookings of one item within a day than this pause booking.
    bookings_a_day: int = 3
    # So many cancellations within so many days pause booking.
    cancellations: int = 5
    cancellations_days: int = 30
    # For so many days booking is paused.
    blocked_days: int = 30


DEFAULT = Rule()


class Stretch(Struct, frozen=True):
    """A slot to be: local clock times, `starts` before `ends`."""

    starts: time
    ends: time


def release_moment(day: date, rule: Rule, working_days: Sequence[date]) -> datetime:
    """When the seats of `day` open: `release_at` on the `days_ahead`-th working day before it.

    `working_days` are in order and reach back far enough. Raises ValueError when they do not.
    """
    earlier = [one for one in working_days if one < day]
    if len(earlier) < rule.days_ahead:
        raise ValueError(f"too few working days before {day} are known")
    return local_moment(earlier[-rule.days_ahead], rule.release_at)


def weekday_kept(day: date, *, works: bool) -> int:
    """The weekday (1 is Monday) whose schedules hold on `day`.

    A weekend day that is worked to make up for a holiday keeps Monday's, as the opening hours do.
    """
    weekday = day.isoweekday()
    return MONDAY if works and weekday >= SATURDAY else weekday


def is_within(stretch: Stretch, periods: Iterable[tuple[time, time]]) -> bool:
    """Whether the office is open for the whole of a stretch."""
    return any(opens <= stretch.starts and stretch.ends <= closes for opens, closes in periods)


def stretches(starts: time, ends: time, minutes: int) -> list[Stretch]:
    """The whole slots of `minutes` that fit between two clock times, in order."""
    anchor = date(2000, 1, 1)
    current = datetime.combine(anchor, starts)
    last = datetime.combine(anchor, ends)
    found = []
    while (following := current + timedelta(minutes=minutes)) <= last:
        found.append(Stretch(current.time(), following.time()))
        current = following
    return found


def shares_of_seats(seats: int, *, telephone: int, green_channel: int, on_site: int) -> list[Share]:
    """The share of each seat, by number; the kept ones come last.

    Raises ValueError when more is kept than there is.
    """
    online = seats - telephone - green_channel - on_site
    if online < 0:
        raise ValueError("more seats are kept than there are")
    return (
        [Share.ONLINE] * online
        + [Share.TELEPHONE] * telephone
        + [Share.GREEN_CHANNEL] * green_channel
        + [Share.ON_SITE] * on_site
    )


def shares_to_try(share: Share) -> list[Share]:
    """Whose seats a booking may take, in order: its own kept ones, then everybody's."""
    return [Share.ONLINE] if share is Share.ONLINE else [share, Share.ONLINE]


def claimable(
    state: SeatState, held_until: datetime | None, returns_at: datetime | None, now: datetime
) -> bool:
    """Whether a seat can be had: free and back, or held for somebody whose time is up.

    seats.CLAIMABLE says the same in SQL; a test compares the two.
    """
    if state is SeatState.FREE:
        return returns_at is None or returns_at <= now
    return state is SeatState.HELD and held_until is not None and held_until <= now


def change_deadline(starts_at: datetime, rule: Rule, *, displaced: bool = False) -> datetime:
    """Until when a person may cancel or move an appointment.

    One that the hall has moved binds nobody before it begins: they did not choose the time.
    """
    if displaced:
        return starts_at
    return starts_at - timedelta(minutes=rule.cancel_until_minutes)


def hold_expiry(now: datetime, starts_at: datetime, rule: Rule) -> datetime:
    """When a hold taken at `now` ends: after its minutes, and never after the slot begins."""
    return min(now + timedelta(minutes=rule.hold_minutes), starts_at)


def return_moment(now: datetime, rule: Rule, chance: float) -> datetime:
    """When a seat given back can be had again; `chance` in [0, 1) picks from the rule's range."""
    least, most = rule.return_min_minutes * 60, rule.return_max_minutes * 60
    return now + timedelta(seconds=least + (most - least) * chance)


def is_day_of(starts_at: datetime, now: datetime) -> bool:
    """Whether `now` is on the appointment's day, by the hall's clock."""
    return local_date(starts_at) == local_date(now)


def by_day(now: datetime) -> datetime:
    """`now`, or at night the morning after: when people may be asked or told what can wait."""
    local = to_local(now)
    if local.time() < OFFERS_FROM:
        return local_moment(local.date(), OFFERS_FROM)
    if local.time() >= OFFERS_TO:
        return local_moment(local.date() + timedelta(days=1), OFFERS_FROM)
    return now


def offer_expiry(now: datetime, starts_at: datetime, rule: Rule) -> datetime:
    """Until when a seat is kept for the one on the waiting list to whom it is offered at `now`.

    For the rule's minutes, which at night begin with the morning; and never past the beginning
    or the last moment at which the day can be booked.
    """
    since = by_day(now)
    last = starts_at
    if rule.days_before:
        day = local_date(starts_at) - timedelta(days=rule.days_before - 1)
        last = min(last, local_moment(day, time()))
    return min(since + timedelta(minutes=rule.offer_minutes), last)


def offered_first(public_from: datetime) -> datetime:
    """From when on a seat that everybody can have at `public_from` is offered to who waits."""
    return public_from - FIRST_OFFERED


def reminder_due(kind: Reminder, starts_at: datetime) -> datetime:
    """When the person is reminded of a time."""
    if kind is Reminder.SOON:
        return starts_at - REMIND_BEFORE
    return local_moment(local_date(starts_at) - timedelta(days=1), REMIND_AT)


def reminder_lost(kind: Reminder, starts_at: datetime) -> datetime:
    """From when on a reminder that has not been sent is not worth sending any more."""
    if kind is Reminder.SOON:
        return starts_at - REMIND_AT_LEAST
    return local_moment(local_date(starts_at) - timedelta(days=1), REMIND_UNTIL)


def turn_after(released_at: datetime, rule: Rule, lot: float) -> datetime:
    """When it is the turn of somebody who drew `lot` in [0, 1) in the first seconds."""
    return released_at + timedelta(seconds=rule.fair_start_seconds * lot)


def first_bookable_day(now: datetime, rule: Rule) -> date:
    """The first day that can still be booked online: `days_before` calendar days ahead.

    Source: the halls' rule "one day ahead at the latest". Calendar days, so that a Sunday still
    books the Monday.
    """
    return local_date(now) + timedelta(days=rule.days_before)


def free_number(taken: Sequence[int], rule: Rule) -> int | None:
    """The lowest of a person's numbers 1, 2, … for a day and line that is free; None if none is."""
    numbers = range(1, rule.per_day_and_line + 1)
    return next((number for number in numbers if number not in taken), None)
