"""The published rule of who is called next, as docs/queue-order.md promises it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.queue.rules import (
    CHECK_IN_OPENS,
    HEAD_START,
    LONGEST_LEAD,
    MOST_CALLS,
    check_in_opens_at,
    place_in_line,
)
from services.queue.states import Priority

OPENING = datetime(2025, 7, 7, 0, 30, tzinfo=UTC)
minutes = st.integers(0, 9 * 60).map(lambda count: timedelta(minutes=count))
moments = minutes.map(lambda after: OPENING + after)
priorities = st.sampled_from(Priority)
slots = st.tuples(moments, st.integers(5, 240)).map(
    lambda drawn: (drawn[0], drawn[0] + timedelta(minutes=drawn[1]))
)


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """When somebody checked in, and their place in line."""
    priority = draw(priorities)
    slot = draw(st.none() | slots)
    arrived = draw(moments)
    if slot is not None:
        arrived = max(arrived, check_in_opens_at(slot[0]))
    return arrived, place_in_line(arrived, priority, slot)


@given(arrivals())
def test_nobody_stands_behind_their_own_arrival_or_more_than_the_lead_ahead(
    one: tuple[datetime, datetime],
) -> None:
    arrived, place = one
    assert arrived - LONGEST_LEAD <= place <= arrived


@given(arrivals(), arrivals())
def test_who_has_waited_for_the_lead_is_overtaken_by_no_newcomer(
    one: tuple[datetime, datetime], other: tuple[datetime, datetime]
) -> None:
    (first_arrived, first), (second_arrived, second) = sorted([one, other])
    if second_arrived - first_arrived >= LONGEST_LEAD:
        assert first <= second


@given(priorities, st.none() | st.just(timedelta(minutes=30)), st.lists(moments, min_size=2))
def test_equals_are_called_in_the_order_of_their_arrival(
    priority: Priority, length: timedelta | None, arrived: list[datetime]
) -> None:
    slot = None if length is None else (OPENING, OPENING + length)
    places = [place_in_line(moment, priority, slot) for moment in sorted(arrived)]
    assert places == sorted(places)


@given(slots, st.data())
def test_within_the_slot_it_does_not_matter_when_one_checks_in(
    slot: tuple[datetime, datetime], data: st.DataObject
) -> None:
    band = min(slot[1] - check_in_opens_at(slot[0]), LONGEST_LEAD)
    after = data.draw(st.integers(0, int(band.total_seconds())))
    arrived = check_in_opens_at(slot[0]) + timedelta(seconds=after)
    assert place_in_line(arrived, Priority.NORMAL, slot) == slot[0] - CHECK_IN_OPENS


@given(slots, minutes)
def test_who_is_late_stands_where_somebody_without_an_appointment_would(
    slot: tuple[datetime, datetime], late: timedelta
) -> None:
    arrived = slot[1] + late + timedelta(seconds=1)
    for priority in Priority:
        assert place_in_line(arrived, priority, slot) == place_in_line(arrived, priority)


@given(moments, st.none() | slots)
def test_a_class_gives_its_head_start_and_no_more(
    arrived: datetime, slot: tuple[datetime, datetime] | None
) -> None:
    plain = place_in_line(arrived, Priority.NORMAL, slot)
    for priority, head_start in HEAD_START.items():
        assert plain - head_start <= place_in_line(arrived, priority, slot) <= plain


def test_the_classes_rank_as_published() -> None:
    urgent, older, normal = (
        place_in_line(OPENING, priority)
        for priority in (Priority.URGENT, Priority.ELDERLY_OR_DISABLED, Priority.NORMAL)
    )
    assert urgent < older < normal == OPENING


@given(
    arrivals(),
    st.lists(arrivals(), max_size=120),
    st.integers(1, 20).map(lambda count: timedelta(minutes=count)),
)
def test_an_adversary_who_chooses_all_others_starves_nobody(
    victim: tuple[datetime, datetime],
    others: list[tuple[datetime, datetime]],
    service: timedelta,
) -> None:
    """At any pace of one window, only who came less than the lead later is called before."""
    to_come = sorted([*others, victim])
    in_line: list[tuple[datetime, datetime]] = []
    clock = to_come[0][0]
    while victim not in in_line or min(in_line, key=lambda one: one[::-1]) != victim:
        in_line += [one for one in to_come if one[0] <= clock]
        to_come = [one for one in to_come if one[0] > clock]
        if in_line and (called := min(in_line, key=lambda one: one[::-1])) != victim:
            assert called[0] < victim[0] + LONGEST_LEAD
            in_line.remove(called)
        if victim not in in_line or min(in_line, key=lambda one: one[::-1]) != victim:
            clock += service


def test_the_page_in_docs_promises_these_figures() -> None:
    text = (Path(__file__).parents[2] / "docs" / "queue-order.md").read_text(encoding="utf-8")
    figures = [CHECK_IN_OPENS, *filter(None, HEAD_START.values()), LONGEST_LEAD]
    for minutes in [int(figure.total_seconds()) // 60 for figure in figures]:
        assert f"{minutes} 分钟" in text
        assert re.search(rf"{minutes}\s+minutes", text)
    assert f"最多呼叫 {MOST_CALLS} 次" in text
    assert f"up to {MOST_CALLS} times" in text
