"""The timetable's pages: previews, applying, progress; the weeks, working days and halls."""

import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from services import appointments, catalog
from services.identity import Role
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from tests.bookings import NOW, OFFICE, TODAY, TOMORROW, booked, named, open_hall, slots
from tests.closures import outcomes, work_off
from tests.people import citizen_actor, enrolled_staff, named_person, new_phone
from tests.web.hall import forget_limits, new_client
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("catalogue")

MINUTE = timedelta(minutes=1)
DAY = f"/admin/calendar/{OFFICE}/{TOMORROW}"
NOTE = {"note_zh": "停电检修", "note_en": "Power cut"}
_HIDDEN = re.compile(r'name="(change|digest)" value="([^"]*)"')


async def signed_in(client: httpx.AsyncClient, clock: FixedClock, role: RoleAt) -> Visitor:
    account = await enrolled_staff(clock.now(), role)
    clock.moment += MINUTE
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


@pytest.fixture
async def admin(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    await open_hall()
    visitor = await signed_in(client, clock, RoleAt(Role.ADMINISTRATOR))
    await visitor.get("/admin/calendar", lang="en")
    return visitor


async def previewed(visitor: Visitor, path: str, **fields: str) -> httpx.Response:
    """The preview that a form leads to."""
    answer = await visitor.post(path, **fields)
    assert answer.status_code == 303, answer.text
    return await visitor.get(answer.headers["location"])


async def applied(visitor: Visitor, preview: httpx.Response, **more: str) -> httpx.Response:
    """The answer to applying a preview."""
    hidden = dict(_HIDDEN.findall(preview.text))
    return await visitor.post("/admin/changes", within_days="10", **hidden, **more)


async def test_closing_an_afternoon_from_the_calendar_to_the_end(admin: Visitor) -> None:
    [_, three] = await slots(TOMORROW)
    made = await booked(await named(), three.id)
    month = await admin.get(f"/admin/calendar/{OFFICE}", lang="en")
    assert DAY in month.text
    day = await admin.get(DAY, lang="en")
    assert "1/2" in day.text

    preview = await previewed(
        admin, f"{DAY}/close", whom="hall", starts="15:00", last_day=str(TOMORROW), **NOTE
    )
    assert "1 appointment loses its seat" in preview.text
    assert "Keep them" not in preview.text
    assert len(await slots(TOMORROW)) == 2

    answer = await applied(admin, preview, treatment="rebook")
    assert answer.status_code == 303
    progress = await admin.get(answer.headers["location"])
    assert "0/1" in progress.text
    await work_off(NOW + 9 * MINUTE)
    progress = await admin.get(answer.headers["location"])
    assert "1/1" in progress.text
    assert "every 2s" not in progress.text
    part = await admin.client.get(answer.headers["location"], headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert (await appointments.appointment(made.id)).starts_at > made.starts_at

    day = await admin.get(DAY)
    assert "Power cut" in day.text
    preview = await previewed(admin, f"{DAY}/reopen", exception_id="")
    assert (await applied(admin, preview)).status_code == 303
    assert len(await slots(TOMORROW)) == 2


async def test_an_outdated_preview_shows_what_holds_now(admin: Visitor) -> None:
    preview = await previewed(admin, f"{DAY}/close", whom="hall", last_day=str(TOMORROW), **NOTE)
    [two, _] = await slots(TOMORROW)
    await booked(await named(), two.id)
    answer = await applied(admin, preview)
    assert answer.status_code == 409
    assert "Please look at it again." in answer.text
    assert "1 appointment loses its seat" in answer.text
    assert (await applied(admin, answer)).status_code == 303
    assert len(await outcomes()) == 1


async def test_what_is_wrong_is_said_and_what_was_typed_stays(admin: Visitor) -> None:
    await admin.get(DAY)
    answer = await admin.post(f"{DAY}/close", whom="hall", starts="noon", last_day="", note_zh="停")
    assert answer.status_code == 422
    for field in ("close-starts", "close-last_day", "close-note_en"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
    assert 'value="noon"' in answer.text
    broken = await admin.get("/admin/changes", change="e30")
    assert broken.status_code == 422


async def test_what_is_not_a_choice_stands_for_no_other(admin: Visitor) -> None:
    """A form that nobody was shown closes no hall, and takes back no other hours."""
    week = f"/admin/schedules/{OFFICE}"
    [schedule, *_] = await appointments.schedules_of(OFFICE, TODAY)
    figures = {"line": "nothing", "starts": "09:00", "ends": "10:00", "seats": "3"}
    hours = {"last_day": str(TOMORROW), **NOTE, **figures}
    forms = {
        f"{DAY}/close": {"whom": "nothing", "last_day": str(TOMORROW), **NOTE},
        f"{DAY}/seats": {"line": "nothing", "seats_change": "1", "last_day": str(TOMORROW), **NOTE},
        f"{DAY}/hours": hours,
        f"{DAY}/reopen": {"exception_id": "nothing"},
        week: {"weekday": "6", "from_day": str(TODAY), **figures},
        f"{week}/{schedule.id}/copy": {"from_day": str(TODAY), "to_lines": "nothing"},
    }
    for path, form in forms.items():
        await admin.get(DAY)
        answer = await admin.post(path, lang="en", **form)
        assert answer.status_code == 422, path
        assert "Please choose one of these." in answer.text, path


async def test_days_hours_and_a_second_sending_are_answered_where_they_belong(
    admin: Visitor,
) -> None:
    await admin.get(DAY)
    form = {"whom": "household", "starts": "15:00", "ends": "17:00", "last_day": str(TOMORROW)}
    for field, wrong in (("last_day", str(TODAY)), ("last_day", "2099-01-01"), ("ends", "14:00")):
        answer = await admin.post(f"{DAY}/close", **{**form, **NOTE, field: wrong})
        assert (answer.status_code, f'href="#close-{field}"' in answer.text) == (422, True)
    empty = await admin.post(f"{DAY}/close", **form, note_zh="", note_en="")
    assert "Reason, in Chinese: " in empty.text
    assert "Reason, in English: " in empty.text
    [_, three] = await slots(TOMORROW)
    await booked(await named(), three.id)
    for whom in ("household", "hall"):
        preview = await previewed(admin, f"{DAY}/close", **{**form, **NOTE, "whom": whom})
        await applied(admin, preview, treatment="rebook")
        again = await applied(admin, preview, treatment="rebook")
        assert again.status_code == 303
        if whom == "household":
            assert "/admin/closures/" in again.headers["location"]


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "x"])
async def test_a_month_that_no_calendar_has(admin: Visitor, month: str) -> None:
    answer = await admin.get(f"/admin/calendar/{OFFICE}", month=month)
    assert answer.status_code == 200
    assert "There is no calendar for this month." in answer.text


@pytest.mark.parametrize("year", ["99999", "0", "abc", "-1"])
async def test_a_year_that_no_calendar_has(admin: Visitor, year: str) -> None:
    answer = await admin.get("/admin/working-days", year=year)
    assert answer.status_code == 200
    assert "Please ask for a year from 2020 to 2099." in answer.text


async def test_supervisors_see_their_hall_and_close_it(
    client: httpx.AsyncClient, clock: FixedClock
) -> None:
    await open_hall()
    visitor = await signed_in(client, clock, RoleAt(Role.SUPERVISOR, OFFICE))
    page = await visitor.get("/admin/calendar", lang="en")
    assert page.url.path == f"/admin/calendar/{OFFICE}"
    assert "Schedules" not in page.text
    page = await visitor.get(DAY)
    assert "More or fewer seats" not in page.text
    preview = await previewed(
        visitor, f"{DAY}/close", whom="household", last_day=str(TOMORROW), **NOTE
    )
    assert (await applied(visitor, preview)).status_code == 303
    assert await slots(TOMORROW) == []
    for path in ("/admin/calendar/donge", "/admin/schedules", f"/admin/halls/{OFFICE}"):
        assert (await visitor.get(path)).status_code == 403


async def test_schedules_are_added_changed_copied_and_ended(admin: Visitor) -> None:
    week = f"/admin/schedules/{OFFICE}"
    figures = {"starts": "09:00", "ends": "10:00", "slot_minutes": "30", "seats": "3"}
    figures |= {"kept_telephone": "1", "kept_green_channel": "0", "kept_on_site": "0"}
    preview = await previewed(
        admin, week, line="household", weekday="2", from_day=str(TODAY), until="", **figures
    )
    assert "+6" in preview.text
    assert (await applied(admin, preview)).status_code == 303
    found = await appointments.schedules_of(OFFICE, TODAY)
    [one] = [each for each in found if each.seats == 3]
    assert (await admin.get(f"{week}/{one.id}")).status_code == 200
    steps = {
        "change": {**figures, "seats": "2", "from_day": str(TOMORROW)},
        "copy": {"from_day": str(TODAY), "to_offices": OFFICE, "to_lines": "vehicle"}
        | {"to_weekdays": "3"},
    }
    for step, fields in steps.items():
        preview = await previewed(admin, f"{week}/{one.id}/{step}", **fields)
        assert (await applied(admin, preview)).status_code == 303
    found = await appointments.schedules_of(OFFICE, TODAY)
    assert [each.weekday for each in found if each.line == "vehicle"] == [3, 3, 3]
    preview = await previewed(admin, f"{week}/{one.id}/end", last_day="2020-01-01")
    assert (await applied(admin, preview)).status_code == 303
    refused = await admin.post(
        week,
        line="household",
        weekday="2",
        from_day=str(TODAY),
        until="",
        **(figures | {"starts": "14:30", "ends": "15:30"}),
    )
    assert refused.status_code == 422
    assert 'value="14:30"' in refused.text


async def test_a_holiday_is_entered_for_the_whole_city(admin: Visitor) -> None:
    page = await admin.get("/admin/working-days", year="2026", lang="en")
    assert "Make-up working day" in page.text
    preview = await previewed(
        admin, "/admin/working-days", day=str(TOMORROW), kind="off", note="国办发明电"
    )
    assert (await applied(admin, preview)).status_code == 303
    assert not await catalog.working_day(TOMORROW)
    assert "国办发明电" in (await admin.get("/admin/working-days")).text


async def test_a_halls_data_week_and_windows(admin: Visitor) -> None:
    path = f"/admin/halls/{OFFICE}"
    page = await admin.get(path, lang="en")
    fields = dict(re.findall(r'id="hall-\w+" name="(\w+)" type="text" value="([^"]*)"', page.text))
    data = {name: value for name, value in fields.items() if not name.startswith("day_")}
    answer = await admin.post(path, **{**data, "phone": "0635-8888888", "directions_zh": "东门"})
    assert answer.status_code == 303, answer.text
    office = await catalog.office(OFFICE)
    assert (office.phone, office.directions.zh) == ("0635-8888888", "东门")

    week = {f"day_{number}": "08:30-12:00 13:00-15:00" for number in range(1, 6)}
    preview = await previewed(admin, f"{path}/week", **week, day_6="", day_7="")
    assert (await applied(admin, preview)).status_code == 303
    assert [one.ends_at.hour for one in await slots(TOMORROW)] == [7]
    wrong = await admin.post(f"{path}/week", **{**week, "day_1": "late"})
    assert wrong.status_code == 422

    window = {"number": "90", "name_zh": "临时窗口", "name_en": "Extra", "in_service": "yes"}
    assert (await admin.post(f"{path}/windows", **window, lines="firm")).status_code == 303
    [made] = [one for one in await catalog.all_windows(OFFICE) if one.number == 90]
    assert (await admin.post(f"{path}/windows", **window, lines="firm")).status_code == 409
    del window["in_service"]
    changed = await admin.post(f"{path}/windows", **window, lines="firm", window_id=str(made.id))
    assert changed.status_code == 303
    assert made.id not in {one.id for one in await catalog.office_windows(OFFICE)}
    await catalog.sync(NOW)
    assert (await catalog.office(OFFICE)).phone == "0635-8888888"


async def test_a_citizen_chooses_another_time_after_the_hall_has_cancelled(
    admin: Visitor, app: Litestar, clock: FixedClock, redis: Redis
) -> None:
    phone = new_phone()
    person = citizen_actor(await named_person(NOW, phone=phone))
    [two, _] = await slots(TOMORROW)
    made = await booked(person, two.id)
    preview = await previewed(admin, f"{DAY}/close", whom="hall", last_day=str(TOMORROW), **NOTE)
    assert (await applied(admin, preview, treatment="notify")).status_code == 303
    await work_off(clock.now())
    async with new_client(app) as client:
        citizen = Visitor(client, clock)
        await forget_limits(redis)
        await citizen.sign_in(phone)
        own = f"/my/appointments/{made.reference}"
        page = await citizen.get(own, lang="en")
        assert "Power cut" in page.text
        page = await citizen.get(f"{own}/again", lang="en")
        assert "/book?item=" not in page.text
        [free, *_] = re.findall(r'name="slot_id" value="([^"]+)"', page.text)
        assert " checked" not in page.text
        assert (await citizen.post(f"{own}/again", slot_id="x")).status_code == 422
        answer = await citizen.post(f"{own}/again", slot_id=free)
        assert answer.status_code == 303
        page = await citizen.get(f"{own}/again", lang="en")
        assert page.url.path == own
        assert "has its time" in page.text
        assert "The hall has" not in page.text


async def test_every_link_of_an_error_summary_on_a_schedules_page_leads_to_a_field(
    admin: Visitor,
) -> None:
    week = f"/admin/schedules/{OFFICE}"
    [schedule, *_] = await appointments.schedules_of(OFFICE, TODAY)
    one = f"{week}/{schedule.id}"
    wrong = {"starts": "x", "ends": "", "slot_minutes": "1", "seats": "x", "kept_on_site": "-1"}
    forms = {
        week: ("add", {"line": "x", "weekday": "9", "from_day": "", "until": "x", **wrong}),
        f"{one}/change": ("change", {"from_day": "", **wrong}),
        f"{one}/copy": ("copy", {"from_day": ""}),
        f"{one}/end": ("end", {"last_day": ""}),
    }
    for path, (form, typed) in forms.items():
        await admin.get(week, lang="en")
        answer = await admin.post(path, **typed)
        assert answer.status_code == 422, path
        summary = answer.text.split('class="error-summary"')[1].split("</ul>")[0]
        links = re.findall(r'href="#([^"]+)"', summary)
        assert len(links) == summary.count("<li>") > 0, path
        assert all(link.startswith(f"{form}-") for link in links), path
        assert all(answer.text.count(f'id="{link}"') == 1 for link in links), path


async def test_a_preview_says_whom_fewer_seats_hit_and_into_what_nothing_fits(
    admin: Visitor,
) -> None:
    [two, _] = await slots(TOMORROW)
    made = [await booked(await named(), two.id) for _ in range(2)]
    form = {"line": "household", "seats_change": "-1", "last_day": str(TOMORROW), **NOTE}
    await admin.get(DAY, lang="en")
    preview = await previewed(admin, f"{DAY}/seats", **form)
    assert "1 appointment loses its seat" in preview.text
    assert sum(one.reference[:5] in preview.text for one in made) == 1
    week = f"/admin/schedules/{OFFICE}"
    figures = {"line": "household", "weekday": "6", "starts": "09:00", "ends": "10:00"}
    await admin.get(week, lang="en")
    preview = await previewed(
        admin, week, **figures, slot_minutes="5", seats="2", from_day=str(TODAY)
    )
    assert "nothing fits into a slot of 5 minutes" in preview.text


async def test_a_stuck_appointment_says_why_and_is_tried_again_by_a_button(
    admin: Visitor, clock: FixedClock
) -> None:
    [two, _] = await slots(TOMORROW)
    made = await booked(await named(), two.id)
    await database.fetch("UPDATE appointment SET sequence = 2147483647")
    preview = await previewed(admin, f"{DAY}/close", whom="hall", last_day=str(TOMORROW), **NOTE)
    answer = await applied(admin, preview)
    await work_off(NOW + 9 * MINUTE)
    page = await admin.get(answer.headers["location"], lang="en")
    assert "the program met a fault (fault)" in page.text
    assert "since Mon" in page.text
    [case] = re.findall(r'name="case" value="([^"]+)"', page.text)
    await database.fetch("UPDATE appointment SET sequence = 0")
    path = f"/admin/closures/{OFFICE}/try-again"
    for _ in range(2):
        pressed = await admin.post(path, case=case)
        assert pressed.status_code == 303
    page = await admin.get(pressed.headers["location"])
    assert "0/1" in page.text
    await work_off(clock.now())
    assert (await appointments.appointment(made.id)).slot_id != two.id
    assert (await admin.post(path, case="nothing")).status_code == 404
