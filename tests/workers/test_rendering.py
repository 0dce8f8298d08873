"""What people read: every kind of notice, for every item at every hall, in both languages."""

import itertools
import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from markupsafe import escape
from msgspec import structs

from services import catalog
from services.appointments import DisplacementStatus, DisplacementView
from services.catalog import Text
from services.kernel.ids import show_reference
from services.kernel.settings import Settings
from services.notices import AppointmentFacts, Channel, Dispatch, Kind, sms_parts
from tests.workers.dispatches import (
    EMAIL,
    NOW,
    PHONE,
    REFERENCE,
    STARTS,
    appointment,
    dispatch,
    hall_with_room,
    item,
    items,
    offices,
)
from workers.channels import Message
from workers.rendering import render

WITH_MAILS = [kind for kind in Kind if kind.startswith(("appointment_", "reminder_", "waitlist_"))]
ABOUT_APPOINTMENTS = [kind for kind in WITH_MAILS if not kind.startswith("waitlist_")]
REMINDERS = (Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_SOON)
LANGUAGES = ("zh_CN", "en")
LONGEST_TEXT = 2
HAN = re.compile(r"[\u4e00-\u9fff]")


def rendered(given: Dispatch) -> Message:
    return render(given, NOW)


@pytest.mark.parametrize("kind", WITH_MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_message_is_longer_than_it_may_be(
    kind: Kind, language: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a public address as long as a city's would be."""
    public = settings.model_copy(update={"base_url": "https://banshi.liaocheng.gov.cn"})
    monkeypatch.setattr("workers.rendering.settings", lambda: public)
    for what, where in itertools.product(items(), offices()):
        text = rendered(dispatch(kind, Channel.SMS, language, what=what, where=where)).text
        assert sms_parts(text) <= LONGEST_TEXT, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_fits_one_text_and_warns(language: str) -> None:
    message = rendered(dispatch(Kind.SIGN_IN_CODE, Channel.SMS, language))
    assert message.to == PHONE
    assert message.text.startswith("【办事通】")
    assert "123456" in message.text
    assert sms_parts(message.text) == 1
    assert ("请勿告诉任何人" if language == "zh_CN" else "Never share it") in message.text


@pytest.mark.parametrize("kind", ABOUT_APPOINTMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_says_when_what_and_the_reference(kind: Kind, language: str) -> None:
    text = rendered(dispatch(kind, Channel.SMS, language)).text
    assert text.startswith("【办事通】")
    assert ("7月8日 周二 09:30" if language == "zh_CN" else "Tue 8 Jul, 09:30") in text
    assert item("id-card-renew").title[language] in text
    assert show_reference(REFERENCE) in text or text.endswith(f"/a/{REFERENCE}")
    assert "\n" not in text


@pytest.mark.parametrize("kind", WITH_MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_speaks_the_persons_language_first_and_the_other_below(
    kind: Kind, language: str
) -> None:
    message = rendered(dispatch(kind, language=language))
    zh, en = item("id-card-renew").title.zh, item("id-card-renew").title.en
    first, second = (zh, en) if language == "zh_CN" else (en, zh)
    for body in (message.text, message.html):
        assert body.index(first) < body.index(second)
    assert message.languages[0] == language.replace("_", "-")
    assert first in message.subject
    assert second not in message.subject
    assert bool(HAN.search(message.subject)) is (language == "zh_CN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confirmation_says_all_one_needs(language: str) -> None:
    message = rendered(dispatch(language=language))
    office, what = offices()[0], item("id-card-renew")
    for body in (message.text, message.html):
        for said in (
            show_reference(REFERENCE),
            "09:30–10:00",
            office.name[language],
            office.address[language],
            office.directions[language],
            office.phone,
            f"/my/appointments/{REFERENCE}",
            *(material.name[language] for material in what.materials),
        ):
            assert said in body
    assert "07:30" in message.text, "until when one may cancel"


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_hall_has_no_other_time_it_names_those_that_have(language: str) -> None:
    near, far = offices()[1], offices()[2]
    cancelled = Kind.APPOINTMENT_CANCELLED_BY_HALL
    halls = (hall_with_room(near), hall_with_room(far))
    mail = rendered(dispatch(cancelled, language=language, elsewhere=halls))
    for body in (mail.text, mail.html):
        for where in (near, far):
            assert where.name[language] in body
            assert where.address[language] in body
        assert ("7月9日 周三 09:30" if language == "zh_CN" else "Wed 9 Jul, 09:30") in body
    text = rendered(dispatch(cancelled, Channel.SMS, language, elsewhere=halls)).text
    assert ("其他大厅" if language == "zh_CN" else "New time or hall:") in text
    assert sms_parts(text) <= LONGEST_TEXT
    assert near.name[language] not in rendered(dispatch(cancelled, language=language)).text


@pytest.mark.parametrize(("change", "cause"), [("seats", "号源减少"), ("close", "大厅停办")])
def test_a_text_says_what_the_hall_did_and_why_and_what_it_was_before(
    change: str, cause: str
) -> None:
    done = DisplacementView(
        change=change,
        note=Text("停电检修", "Power cut"),
        status=DisplacementStatus.MOVED,
        from_starts_at=STARTS - timedelta(days=1),
        priority_until=None,
    )
    given = dispatch(Kind.APPOINTMENT_MOVED_BY_HALL, Channel.SMS)
    assert isinstance(given.facts, AppointmentFacts)
    facts = structs.replace(given.facts, displacement=done)
    text = rendered(structs.replace(given, facts=facts)).text
    assert f"{cause}（停电检修），原 7月7日 周一 09:30 的预约改到 7月8日 周二 09:30" in text
    assert sms_parts(text) <= LONGEST_TEXT
    long = structs.replace(done, note=Text("检修" * 60, "Repairs"))
    text = rendered(structs.replace(given, facts=structs.replace(facts, displacement=long))).text
    assert cause in text
    assert "检修" not in text
    assert sms_parts(text) <= LONGEST_TEXT


def test_a_cancellation_says_where_to_call_and_how_to_book_again() -> None:
    message = rendered(dispatch(Kind.APPOINTMENT_CANCELLED))
    for body in (message.text, message.html):
        assert offices()[0].phone in body
        assert "/items/id-card-renew" in body
    assert "请携带" not in message.text


@pytest.mark.parametrize("kind", WITH_MAILS)
def test_every_item_at_every_hall_can_be_put_into_words(kind: Kind) -> None:
    for what, where in itertools.product(items(), offices()):
        message = rendered(dispatch(kind, what=what, where=where))
        assert escape(where.name.en) in message.html
        assert "{{" not in message.html + message.text
        assert "%(" not in message.html + message.text


def test_the_html_escapes_what_is_put_into_it() -> None:
    what = structs.replace(
        item("id-card-renew"),
        title=catalog.Text(zh="<b>身份证</b> & 户口", en="<b>Card</b> & more"),
    )
    message = rendered(dispatch(what=what))
    assert "<b>身份证" not in message.html
    assert "&lt;b&gt;身份证&lt;/b&gt; &amp; 户口" in message.html
    assert "<b>身份证</b> & 户口" in message.text


@pytest.mark.parametrize("kind", WITH_MAILS)
def test_the_html_loads_nothing_and_runs_nothing(kind: Kind) -> None:
    html = rendered(dispatch(kind)).html
    assert not re.search(r"<(script|img|link|iframe|object|form)\b|url\(|@import|\son\w+=", html)


@pytest.mark.parametrize("kind", REMINDERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_says_what_to_bring(kind: Kind, language: str) -> None:
    what = item("id-card-renew")
    message = rendered(dispatch(kind, language=language))
    text = rendered(dispatch(kind, Channel.SMS, language)).text
    for material in what.materials:
        assert material.name[language] in message.text
    assert what.materials[0].name[language] in text or "Bring: see http" in text
    assert message.calendar is None


def test_a_title_that_is_too_long_is_cut_rather_than_the_link() -> None:
    long = structs.replace(
        item("id-card-renew"), title=catalog.Text(zh="身份证" * 40, en="Identity card " * 20)
    )
    for language in LANGUAGES:
        text = rendered(dispatch(Kind.APPOINTMENT_BOOKED, Channel.SMS, language, what=long)).text
        assert sms_parts(text) == LONGEST_TEXT
        assert "…" in text
        assert text.endswith(f"/a/{REFERENCE}")


class TestCalendar:
    def entry(self, given: Dispatch) -> tuple[str, Calendar]:
        part = rendered(given).calendar
        assert part is not None
        calendar = Calendar.from_ical(part.content)
        assert str(calendar["METHOD"]) == part.method
        return part.method, calendar

    def test_a_booking_invites(self, settings: Settings) -> None:
        method, calendar = self.entry(dispatch())
        [event] = calendar.events
        assert method == "REQUEST"
        assert (event.start, event.uid) == (STARTS, f"{REFERENCE}@banshitong")
        assert str(event["ATTENDEE"]) == f"mailto:{EMAIL}"
        assert str(event["ORGANIZER"]) == f"mailto:{settings.mail_from}"
        assert offices()[0].address.zh in str(event["LOCATION"])
        assert len(event.alarms.times) == 1

    def test_a_move_and_a_cancellation_replace_the_entry(self) -> None:
        _, booked = self.entry(dispatch())
        _, moved = self.entry(dispatch(Kind.APPOINTMENT_RESCHEDULED, about=appointment(sequence=1)))
        method, cancelled = self.entry(
            dispatch(Kind.APPOINTMENT_CANCELLED, about=appointment(cancelled=True, sequence=1))
        )
        assert method == "CANCEL"
        assert cancelled.events[0]["STATUS"] == "CANCELLED"
        sequences = [each.events[0].sequence for each in (booked, moved, cancelled)]
        assert sequences == sorted(set(sequences))
        assert len({each.events[0].uid for each in (booked, moved, cancelled)}) == 1

    def test_a_confirmation_of_what_is_cancelled_by_now_has_none(self) -> None:
        about = appointment(cancelled=True)
        assert rendered(dispatch(about=about)).calendar is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "note", [{"arranged_by": "东昌重工机械制造股份有限公司聊城第一分公司"}, {"visitor": "**丰"}]
)
@pytest.mark.usefixtures("settings")
def test_for_whom_and_by_whom_fits_in(language: str, note: dict[str, str]) -> None:
    """Whoever booked, and how many items, are told in two text messages at most."""
    for where in offices():
        notice = dispatch(Kind.APPOINTMENT_BOOKED, Channel.SMS, language, where=where)
        assert isinstance(notice.facts, AppointmentFacts)
        facts = structs.replace(
            notice.facts,
            further=(notice.facts.item,),
            visitor=note.get("visitor"),
            arranged_by=note.get("arranged_by"),
        )
        text = rendered(structs.replace(notice, facts=facts)).text
        assert sms_parts(text) <= LONGEST_TEXT
        assert next(iter(note.values()))[:8] in text
        assert "2" in text.rsplit("/a/", 1)[1][10:]
