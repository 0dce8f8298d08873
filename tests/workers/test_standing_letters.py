"""What people read about a no-show, a pause of booking and the answer to an appeal."""

import re
from datetime import timedelta

import pytest
from msgspec import structs

from services.appointments import Appeal, AppealStatus, Penalty, PenaltyReason, Rule
from services.kernel.ids import new_id
from services.notices import Channel, Dispatch, Kind, StandingFacts, sms_parts
from tests.workers.dispatches import NOW, appointment, dispatch, item, offices
from workers.rendering import render

UNTIL = NOW + timedelta(days=30)
LANGUAGES = ("zh_CN", "en")
LONGEST_TEXT = {"zh_CN": 2, "en": 3}

PENALTY = Penalty(
    id=new_id(),
    person_id=new_id(),
    reason=PenaltyReason.NO_SHOWS,
    office_code="dongchangfu",
    imposed_at=NOW,
    blocked_until=UNTIL,
    lifted_at=None,
)


def appeal(status: AppealStatus) -> Appeal:
    return Appeal(
        id=new_id(),
        penalty_id=PENALTY.id,
        person_id=PENALTY.person_id,
        office_code="dongchangfu",
        status=status,
        words="那天我在医院，有证明。",
        answer="已核实证明。",
        written_at=NOW,
        answered_at=NOW,
        reason=PENALTY.reason,
        imposed_at=NOW,
        blocked_until=UNTIL,
    )


ABOUT = {
    "missed": (
        Kind.NO_SHOW_WARNING,
        StandingFacts(
            office=offices()[0],
            appointment=appointment(),
            item=item("id-card-renew"),
            rule=Rule(no_shows=3, no_shows_days=40, blocked_days=50),
        ),
    ),
    **{
        reason.value: (
            Kind.BOOKING_PAUSED,
            StandingFacts(office=offices()[0], penalty=structs.replace(PENALTY, reason=reason)),
        )
        for reason in PenaltyReason
    },
    **{
        status.value: (
            Kind.APPEAL_ANSWERED,
            StandingFacts(office=offices()[0], appeal=appeal(status)),
        )
        for status in (AppealStatus.GRANTED, AppealStatus.DECLINED)
    },
}


def about(what: str, channel: Channel, language: str) -> Dispatch:
    kind, facts = ABOUT[what]
    return structs.replace(dispatch(channel=channel, language=language), kind=kind, facts=facts)


@pytest.mark.parametrize("what", ABOUT)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_short_and_leads_to_ones_standing(what: str, language: str) -> None:
    text = render(about(what, Channel.SMS, language), NOW).text
    text = re.sub(r"http://127\.0\.0\.1:\d+", "https://banshi.liaocheng.gov.cn", text)
    assert text.startswith("【办事通】")
    assert "/my/standing" in text
    assert sms_parts(text) <= LONGEST_TEXT[language], text


@pytest.mark.parametrize("what", ABOUT)
def test_a_mail_says_it_in_both_languages_and_keeps_the_texts_of_an_appeal_to_itself(
    what: str,
) -> None:
    message = render(about(what, Channel.EMAIL, "zh_CN"), NOW)
    for body in (message.text, message.html):
        assert body.index(offices()[0].name.zh) < body.index(offices()[0].name.en)
        assert "/my/standing" in body
        assert "医院" not in body
        assert "核实证明" not in body
    assert message.calendar is None


def test_a_warning_gives_the_figures_of_the_rule() -> None:
    message = render(about("missed", Channel.EMAIL, "en"), NOW)
    assert "After 3 missed appointments within 40 days booking is paused for 50 days." in (
        message.text
    )


def test_a_pause_says_until_when() -> None:
    message = render(about("cancellations", Channel.EMAIL, "en"), NOW)
    assert "Wed 6 Aug, 09:00" in message.subject
    assert "Too many appointments were cancelled." in message.text
