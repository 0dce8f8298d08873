"""Where a notice waits, whom it can reach, when it is better not sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.appointments import Appointment, AppointmentStatus, BookingChannel, Share
from services.kernel.ids import new_id, new_reference
from services.notices.rules import channels_for, lane_of, sms_parts, why_drop
from services.notices.states import (
    TRANSITIONS,
    Channel,
    Kind,
    Lane,
    NoticeStatus,
    Reason,
)

NOW = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)
BOOKED, MOVED = Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_RESCHEDULED
CANCELLED = Kind.APPOINTMENT_CANCELLED


def appointment(
    *, cancelled: bool = False, sequence: int = 0, starts_in: timedelta = timedelta(days=1)
) -> Appointment:
    return Appointment(
        id=new_id(),
        reference=new_reference(),
        status=AppointmentStatus.CANCELLED if cancelled else AppointmentStatus.BOOKED,
        person_id=new_id(),
        item_code="id-card-renew",
        office_code="dongchangfu",
        line="household",
        slot_id=new_id(),
        starts_at=NOW + starts_in,
        ends_at=NOW + starts_in + timedelta(minutes=30),
        booked_at=NOW,
        share=Share.ONLINE,
        channel=BookingChannel.ONLINE,
        sequence=sequence,
        cancelled_at=NOW if cancelled else None,
    )


def test_codes_wait_for_nobody_else() -> None:
    assert lane_of(Kind.SIGN_IN_CODE, Channel.SMS) is Lane.CODES
    assert lane_of(BOOKED, Channel.SMS) is Lane.SMS
    assert lane_of(BOOKED, Channel.EMAIL) is Lane.EMAIL
    assert len({lane.topic for lane in Lane}) == len(Lane)


def test_everybody_is_told_by_every_channel_they_have() -> None:
    assert channels_for(has_email=True, has_phone=True) == (Channel.EMAIL, Channel.SMS)
    assert channels_for(has_email=False, has_phone=True) == (Channel.SMS,)
    assert channels_for(has_email=False, has_phone=False) == ()


@pytest.mark.parametrize("kind", [BOOKED, MOVED, CANCELLED])
@pytest.mark.parametrize("attempts", [1, 5])
def test_what_has_passed_is_not_announced(kind: Kind, attempts: int) -> None:
    past = appointment(starts_in=-timedelta(minutes=1))
    assert why_drop(kind, past, attempts, NOW) is Reason.TOO_LATE


@pytest.mark.parametrize("kind", [BOOKED, MOVED, CANCELLED])
def test_a_first_attempt_goes_out_whatever_followed(kind: Kind) -> None:
    assert why_drop(kind, appointment(cancelled=True, sequence=2), 1, NOW) is None


def test_a_retry_does_not_confirm_what_was_changed_since() -> None:
    assert why_drop(BOOKED, appointment(cancelled=True), 2, NOW) is Reason.OVERTAKEN
    assert why_drop(BOOKED, appointment(sequence=1), 2, NOW) is Reason.OVERTAKEN
    assert why_drop(MOVED, appointment(cancelled=True, sequence=1), 2, NOW) is Reason.OVERTAKEN


EVENING = timedelta(hours=9)  # 18:00 by the hall's clock
DAY_BEFORE, SOON = Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_SOON


def test_a_reminder_is_for_who_is_expected_at_the_time_that_was_meant() -> None:
    tomorrow = appointment(starts_in=timedelta(hours=24))
    assert why_drop(DAY_BEFORE, tomorrow, 1, NOW + EVENING) is None
    assert why_drop(DAY_BEFORE, tomorrow, 1, NOW) is Reason.OVERTAKEN, "moved: not due yet"
    assert why_drop(DAY_BEFORE, tomorrow, 1, NOW + timedelta(hours=13)) is Reason.TOO_LATE
    gone = appointment(starts_in=timedelta(hours=24), cancelled=True)
    assert why_drop(DAY_BEFORE, gone, 1, NOW + EVENING) is Reason.OVERTAKEN
    assert why_drop(SOON, appointment(starts_in=timedelta(hours=2)), 1, NOW) is None
    assert why_drop(SOON, appointment(starts_in=timedelta(hours=3)), 1, NOW) is Reason.OVERTAKEN
    assert why_drop(SOON, appointment(starts_in=timedelta(minutes=20)), 1, NOW) is Reason.TOO_LATE


def test_a_retry_of_what_still_holds_goes_out() -> None:
    assert why_drop(BOOKED, appointment(), 2, NOW) is None
    assert why_drop(MOVED, appointment(sequence=1), 2, NOW) is None
    assert why_drop(CANCELLED, appointment(cancelled=True), 2, NOW) is None


@pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_seventy_characters_make_a_text_and_parts_are_a_little_shorter(
    length: int, parts: int
) -> None:
    assert sms_parts("预" * length) == parts


def test_rare_characters_count_twice() -> None:
    assert sms_parts("𠮷" * 35) == 1
    assert sms_parts("𠮷" * 36) == 2


@given(st.text(min_size=1, max_size=400), st.text(max_size=50))
def test_more_text_never_makes_fewer_parts(text: str, more: str) -> None:
    assert 1 <= sms_parts(text) <= sms_parts(text + more)


def test_every_state_but_the_first_can_be_reached_and_sent_is_the_end() -> None:
    reached = {after for steps in TRANSITIONS.values() for after in steps}
    assert reached == set(NoticeStatus) - {NoticeStatus.PENDING}
    assert TRANSITIONS[NoticeStatus.SENT] == frozenset()
    assert {status for status, steps in TRANSITIONS.items() if steps} == NoticeStatus.sendable()
