"""Booking as a person does it, page by page: every refusal keeps the choices that were made."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest

from services import appointments, identity
from services.appointments import AppointmentStatus
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import FixedClock
from services.kernel.ids import show_reference
from tests.bookings import (
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TOMORROW,
    booked,
    held,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.people import citizen_actor, new_phone, new_resident_id
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("catalogue")

TIMES = {"item": ITEM, "office": OFFICE}


NAME = {"name": "王小明", "id_type": "resident_id", "id_number": new_resident_id()}


def detour(answer: httpx.Response, path: str) -> str:
    """Where a detour over `path` leads afterwards."""
    asked = urlsplit(answer.headers["location"])
    assert asked.path == path
    [back] = parse_qs(asked.query)["next"]
    return back


class Member(Visitor):
    """A visitor who is signed in and has a real name."""

    actor: Actor
    phone: str

    @classmethod
    async def made_of(cls, visitor: Visitor) -> "Member":
        """Sign a visitor in."""
        member = cls(visitor.client, visitor.clock)
        member.phone = new_phone()
        await member.sign_in(member.phone)
        person_id = await database.fetchval("SELECT id FROM person ORDER BY id DESC LIMIT 1")
        member.actor = citizen_actor(person_id)
        await identity.register_real_name(
            member.actor,
            identity.RealName(name="王小明", id_type="resident_id", id_number=new_resident_id()),
            NOW,
        )
        return member


@pytest.fixture
async def visitor(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    """Somebody with a browser, before a hall with two seats a slot."""
    await open_hall()
    return Visitor(client, clock)


@pytest.fixture
async def citizen(visitor: Visitor) -> Member:
    """The same, signed in and with a real name."""
    return await Member.made_of(visitor)


async def pick(visitor: Visitor, slot_id: object) -> httpx.Response:
    """Pick a time on the page that shows it."""
    await visitor.get("/book", **TIMES)
    return await visitor.post("/book/hold", **TIMES, slot_id=str(slot_id))


class TestLooking:
    async def test_what_then_where_then_when(self, visitor: Visitor) -> None:
        items = await visitor.get("/book")
        assert f"/book?item={ITEM}" in items.text
        halls = await visitor.get("/book", item=ITEM)
        assert f"/book?item={ITEM}&amp;office={OFFICE}" in halls.text
        assert "7月8日 周二 14:00" in halls.text
        times = await visitor.get("/book", **TIMES)
        for slot in await slots(TOMORROW):
            assert f'value="{slot.id}"' in times.text

    async def test_from_an_office_the_choice_is_kept(self, visitor: Visitor) -> None:
        items = await visitor.get("/book", office=OFFICE)
        assert f"/book?item={ITEM}&amp;office={OFFICE}" in items.text

    async def test_another_day(self, visitor: Visitor) -> None:
        next_day = TOMORROW + timedelta(days=1)
        page = await visitor.get("/book", **TIMES, day=next_day.isoformat())
        assert f'value="{(await slots(next_day))[0].id}"' in page.text
        assert f'value="{(await slots(TOMORROW))[0].id}"' not in page.text

    @pytest.mark.parametrize("day", ["2020-01-01", "2099-01-01", "abc", "2025-07-12"])
    async def test_a_day_that_cannot_be_booked_is_said(self, citizen: Member, day: str) -> None:
        [first, _] = await slots(TOMORROW)
        made = await booked(citizen.actor, first.id)
        for where in ("/book", f"/my/appointments/{made.reference}/move"):
            page = await citizen.get(where, **TIMES, day=day)
            assert page.status_code == 404
            assert "您选的日期不可预约" in page.text
            assert f'value="{first.id}"' in page.text
            part = await citizen.client.get(
                where, params={**TIMES, "day": day}, headers={"HX-Request": "true"}
            )
            assert part.status_code == 404
            assert "<html" not in part.text

    async def test_days_that_are_closed_full_or_not_released(self, visitor: Visitor) -> None:
        for slot in await slots(TOMORROW):
            for _ in range(2):
                await booked(await named(), slot.id)
        page = await visitor.get("/book", **TIMES)
        chips = dict(re.findall(r'"day-chip day-chip-(\w+)"(?: id="day-([\d-]+)")?', page.text))
        assert set(chips) == {"full", "few", "closed", "later"}
        assert chips["full"] == TOMORROW.isoformat()
        later = await visitor.get("/book", **TIMES, day=chips["later"])
        assert "放号" in later.text
        assert "7月8日 周二 08:00 放号" in later.text
        assert "data-countdown" not in later.text

    async def test_a_countdown_when_it_is_near(self, visitor: Visitor) -> None:
        visitor.clock.moment = NOW + timedelta(hours=22)
        page = await visitor.get("/book", **TIMES, day="2025-07-15")
        assert "data-countdown" in page.text

    async def test_htmx_gets_the_times_alone(self, visitor: Visitor) -> None:
        answer = await visitor.client.get("/book", params=TIMES, headers={"HX-Request": "true"})
        assert answer.text.lstrip().startswith('<div id="times"')
        assert "<html" not in answer.text

    async def test_a_refetch_keeps_the_mark_or_says_that_it_is_gone(self, visitor: Visitor) -> None:
        [first, _] = await slots(TOMORROW)
        page = await visitor.get("/book", **TIMES, slot_id=str(first.id))
        assert re.search(rf'value="{first.id}" required checked', page.text)
        for _ in range(2):
            await booked(await named(), first.id)
        page = await visitor.get("/book", **TIMES, slot_id=str(first.id))
        assert "刚刚约满" in page.text
        assert " checked" not in page.text

    @pytest.mark.parametrize(
        "query",
        [
            {"item": "nothing"},
            {"item": ITEM, "office": "nowhere"},
            {"item": ITEM, "office": OFFICE, "day": "yesterday", "slot_id": "x"},
            {"item": "firm-pass"},
        ],
    )
    async def test_stale_and_mistyped_addresses(
        self, visitor: Visitor, query: dict[str, str]
    ) -> None:
        answer = await visitor.get("/book", **query)
        assert answer.status_code in {200, 404}

    async def test_a_hall_without_times(self, visitor: Visitor) -> None:
        page = await visitor.get("/book", item=ITEM, office="donge")
        assert page.status_code == 200
        assert "0635-" in page.text


class TestBooking:
    async def test_the_whole_way(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        answer = await pick(citizen, first.id)
        assert answer.status_code == 303
        details = await citizen.get(answer.headers["location"])
        assert "data-countdown" in details.text
        assert "为您保留到 09:10" in details.text
        assert "王小明" in details.text
        for place in ("/my", "/book"):
            found = (await citizen.get(place)).text
            assert f'href="{answer.headers["location"]}"' in found
            assert f'action="{answer.headers["location"]}/release"' in found
        assert citizen.phone not in details.text
        answer = await citizen.post(answer.headers["location"], **TIMES, slot_id=str(first.id))
        assert answer.status_code == 303
        done = await citizen.get(answer.headers["location"])
        [made] = await appointments.mine(citizen.actor)
        assert show_reference(made.reference) in done.text
        assert "预约成功" in done.text
        assert "<svg" in done.text
        overview = await citizen.get("/my")
        assert show_reference(made.reference) in overview.text
        assert f"/my/appointments/{made.reference}" in (await citizen.get("/my/appointments")).text

    async def test_a_pick_is_carried_through_sign_in_and_real_name(self, visitor: Visitor) -> None:
        [first, _] = await slots(TOMORROW)
        asked = await pick(visitor, first.id)
        go_on = detour(asked, "/sign-in")
        told = await visitor.get(asked.headers["location"])
        assert "您选择的时间：7月8日 周二 14:00，登录后为您保留" in told.text
        profile = await visitor.sign_in(new_phone(), go_on)
        assert profile.url.path == "/my/profile"
        assert "data-countdown" in profile.text
        assert await seat_states(first.id) == ["held", "free"]
        answer = await visitor.post("/my/profile", **NAME, next=profile.url.params["next"])
        details = await visitor.get(answer.headers["location"])
        assert details.url.path.startswith("/book/confirm/")
        assert await seat_states(first.id) == ["held", "free"]
        # It is carried on once: the same address holds nothing any more.
        await visitor.post(f"{details.url.path}/release", **TIMES, slot_id=str(first.id))
        again = await visitor.get(go_on)
        assert re.search(rf'value="{first.id}" required checked', again.text)
        assert "7月8日 周二 14:00，请继续" in again.text
        assert await seat_states(first.id) == ["free", "free"]

    async def test_who_says_their_name_keeps_what_was_typed_and_the_seat(
        self, visitor: Visitor
    ) -> None:
        [first, _] = await slots(TOMORROW)
        await visitor.sign_in(new_phone())
        profile = await visitor.get((await pick(visitor, first.id)).headers["location"])
        typed = {**NAME, "email": "li@example.com", "next": profile.url.params["next"]}
        longer = await visitor.post("/my/profile/longer", **typed)
        wrong = await visitor.post("/my/profile", **{**typed, "id_number": "1"})
        for page in (longer, wrong):
            assert 'value="li@example.com"' in page.text
            assert "为您保留到 09:20" in page.text
        back = await visitor.client.get("/my/profile/longer", params={"next": typed["next"]})
        assert detour(back, "/my/profile") == typed["next"]
        visitor.clock.moment += timedelta(minutes=21)
        part = await visitor.client.get(
            "/my/profile/longer", params={"next": typed["next"]}, headers={"HX-Request": "true"}
        )
        whole = await visitor.get("/my/profile", next=typed["next"])
        assert all("已超时释放" in page.text for page in (part, whole))
        assert "<html" not in part.text
        answer = await visitor.post("/my/profile", **typed)
        late = await visitor.get(answer.headers["location"])
        assert late.url.path == "/book"
        assert re.search(rf'value="{first.id}" required checked', late.text)

    async def test_a_pick_that_is_taken_meanwhile(self, visitor: Visitor) -> None:
        [first, _] = await slots(TOMORROW)
        go_on = detour(await pick(visitor, first.id), "/sign-in")
        for _ in range(2):
            await booked(await named(), first.id)
        times = await visitor.sign_in(new_phone(), go_on)
        assert times.status_code == 409
        assert "刚刚约满" in times.text

    async def test_a_link_holds_nothing_that_was_not_picked(self, visitor: Visitor) -> None:
        [first, second] = await slots(TOMORROW)
        go_on = detour(await pick(visitor, first.id), "/sign-in")
        await visitor.sign_in(new_phone())
        await visitor.get("/my/profile")
        await visitor.post("/my/profile", **NAME)
        for address in (go_on.replace(str(first.id), str(second.id)), go_on):
            page = await visitor.get(address)
            assert page.url.path == "/book"
        assert await seat_states(first.id) == ["free", "free"]
        assert await seat_states(second.id) == ["free", "free"]

    async def test_a_pick_is_not_kept_for_ever(self, visitor: Visitor) -> None:
        [first, _] = await slots(TOMORROW)
        go_on = detour(await pick(visitor, first.id), "/sign-in")
        visitor.clock.moment += timedelta(minutes=61)
        page = await visitor.sign_in(new_phone(), go_on)
        assert re.search(rf'value="{first.id}" required checked', page.text)
        assert await seat_states(first.id) == ["free", "free"]

    async def test_sent_twice_it_books_once(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        where = (await pick(citizen, first.id)).headers["location"]
        await citizen.get(where)
        once = await citizen.post(where, **TIMES, slot_id=str(first.id))
        twice = await citizen.post(where, **TIMES, slot_id=str(first.id))
        assert once.headers["location"] == twice.headers["location"]
        assert await seat_states(first.id) == ["booked", "free"]
        assert "预约成功" in (await citizen.get(twice.headers["location"])).text

    async def test_full_meanwhile(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        for _ in range(2):
            await booked(await named(), first.id)
        answer = await pick(citizen, first.id)
        assert answer.status_code == 409
        assert "刚刚约满" in answer.text
        assert f'value="{(await slots(TOMORROW))[1].id}"' in answer.text

    async def test_no_time_picked(self, citizen: Member) -> None:
        for slot_id in ("", "x"):
            answer = await pick(citizen, slot_id)
            assert answer.status_code == 422
            assert "请选择时间" in answer.text

    async def test_the_time_to_confirm_ran_out(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        where = (await pick(citizen, first.id)).headers["location"]
        await citizen.get(where)
        citizen.clock.moment += timedelta(minutes=10)
        for answer in (
            await citizen.post(where, **TIMES, slot_id=str(first.id)),
            await citizen.client.get(where),
        ):
            assert answer.status_code == 303
            assert f"slot_id={first.id}" in answer.headers["location"]
        page = await citizen.get(where)
        assert "已超时释放" in page.text
        assert "仍可预约：" not in page.text
        assert re.search(rf'value="{first.id}" required checked', page.text)

    async def test_back_after_booking_leads_to_the_appointment(self, citizen: Member) -> None:
        [first, second] = await slots(TOMORROW)
        where = (await pick(citizen, first.id)).headers["location"]
        await citizen.get(where)
        await citizen.post(where, **TIMES, slot_id=str(first.id))
        [made] = await appointments.mine(citizen.actor)
        back = await citizen.get(where)
        assert back.url.path == f"/my/appointments/{made.reference}"
        assert "这个时间您已预约" in back.text
        await appointments.reschedule(citizen.actor, made.reference, second.id, NOW)
        await appointments.cancel(citizen.actor, made.reference, NOW)
        for answer in (
            await citizen.client.get(where),
            await citizen.post(where, **TIMES, slot_id=str(first.id)),
        ):
            assert answer.headers["location"] == f"/my/appointments/{made.reference}"

    async def test_a_hold_that_was_given_back_elsewhere(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        where = (await pick(citizen, first.id)).headers["location"]
        await citizen.get(where)
        await appointments.release_hold(citizen.actor, UUID(where.rsplit("/", 1)[1]), NOW)
        confirmed = await citizen.post(where, **TIMES, slot_id=str(first.id))
        for address in (confirmed.headers["location"], where):
            page = await citizen.get(address)
            assert "您已放弃这个时间" in page.text
            assert "已超时释放" not in page.text
            assert "仍可预约：" not in page.text

    async def test_another_time_gives_the_first_one_back_and_says_so(self, citizen: Member) -> None:
        [first, second] = await slots(TOMORROW)
        await pick(citizen, first.id)
        assert "选定其他时间，这个时间将被释放" in (await citizen.get("/book", **TIMES)).text
        answer = await pick(citizen, second.id)
        assert "之前为您保留的时间已释放" in (await citizen.get(answer.headers["location"])).text
        assert await seat_states(first.id) == ["free", "free"]

    async def test_somebody_elses_hold(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        kept = await held(await named(), first.id)
        assert (await citizen.get(f"/book/confirm/{kept.id}")).status_code == 404

    async def test_choosing_again_gives_the_seat_back(self, citizen: Member) -> None:
        [first, _] = await slots(TOMORROW)
        where = (await pick(citizen, first.id)).headers["location"]
        await citizen.get(where)
        answer = await citizen.post(f"{where}/release", **TIMES, slot_id=str(first.id))
        assert answer.status_code == 303
        assert await seat_states(first.id) == ["free", "free"]

    async def test_one_appointment_an_item(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        answer = await pick(citizen, (await slots(TOMORROW))[1].id)
        assert answer.headers["location"] == f"/my/appointments/{made.reference}"

    async def test_one_a_day_leads_to_the_other(self, citizen: Member) -> None:
        [first, second] = await slots(TOMORROW)
        made = await booked(citizen.actor, first.id, item_code=OTHER_ITEM)
        answer = await pick(citizen, second.id)
        assert answer.status_code == 409
        assert "当天在同类窗口已有预约" in answer.text
        assert f"/my/appointments/{made.reference}" in answer.text


class TestOne:
    async def test_slip_and_calendar(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        slip = await citizen.get(f"/my/appointments/{made.reference}/slip")
        assert show_reference(made.reference) in slip.text
        calendar = await citizen.get(f"/my/appointments/{made.reference}/calendar.ics")
        assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
        assert f"UID:{made.reference}@banshitong" in calendar.text
        assert "Appointments//ZH" in calendar.text

    async def test_the_calendar_speaks_as_the_notices_do(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        await identity.save_details(citizen.actor, identity.Details(email="", language="en"), NOW)
        calendar = await citizen.get(f"/my/appointments/{made.reference}/calendar.ics", lang="zh")
        assert "Appointments//EN" in calendar.text
        assert "Please bring" in calendar.text

    async def test_no_slip_once_it_is_cancelled(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        where = f"/my/appointments/{made.reference}"
        await appointments.cancel(citizen.actor, made.reference, NOW)
        slip = await citizen.get(f"{where}/slip")
        assert slip.url.path == where
        assert "提前" not in slip.text
        assert "calendar.ics" not in slip.text
        calendar = await citizen.get(f"{where}/calendar.ics")
        assert "METHOD:CANCEL" in calendar.text
        assert "STATUS:CANCELLED" in calendar.text

    async def test_nobody_elses(self, citizen: Member) -> None:
        made = await booked(await named(), (await slots(TOMORROW))[0].id)
        for part in ("", "/slip", "/calendar.ics", "/cancel", "/move"):
            answer = await citizen.get(f"/my/appointments/{made.reference}{part}")
            assert answer.status_code == 404, part
        answer = await citizen.post(f"/my/appointments/{made.reference}/cancel")
        assert answer.status_code == 404

    async def test_cancelling_asks_first_and_says_so_twice(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        where = f"/my/appointments/{made.reference}/cancel"
        await citizen.get(where)
        for _ in range(2):
            answer = await citizen.post(where)
            assert answer.status_code == 303
            assert "预约已取消" in (await citizen.get(answer.headers["location"])).text
        gone = await appointments.appointment(made.id)
        assert gone.status is AppointmentStatus.CANCELLED
        assert "已使用、已爽约或已取消" in (await citizen.get(where)).text

    async def test_too_late_to_cancel(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        where = f"/my/appointments/{made.reference}"
        await citizen.get(f"{where}/cancel")
        citizen.clock.moment = made.starts_at - timedelta(minutes=90)
        answer = await citizen.post(f"{where}/cancel")
        assert answer.status_code == 409
        assert "已过网上改期时限" in answer.text
        assert f"{where}/cancel" not in (await citizen.get(where)).text

    async def test_moving(self, citizen: Member) -> None:
        [first, second] = await slots(TOMORROW)
        made = await booked(citizen.actor, first.id)
        where = f"/my/appointments/{made.reference}/move"
        page = await citizen.get(where, day=TOMORROW.isoformat())
        assert f'value="{second.id}"' in page.text
        answer = await citizen.post(where, office=OFFICE, slot_id=str(second.id))
        assert answer.status_code == 303
        assert (await appointments.appointment(made.id)).starts_at == second.starts_at
        assert "改期成功" in (await citizen.get(answer.headers["location"])).text

    async def test_a_form_from_before_another_move_moves_nothing(self, citizen: Member) -> None:
        [first, second] = await slots(TOMORROW)
        [third, *_] = await slots(TOMORROW + timedelta(days=1))
        made = await booked(citizen.actor, first.id)
        where = f"/my/appointments/{made.reference}/move"
        [seen] = re.findall(r'name="seen" value="(\d+)"', (await citizen.get(where)).text)
        await citizen.post(where, office=OFFICE, slot_id=str(second.id), seen=seen)
        answer = await citizen.post(where, office=OFFICE, slot_id=str(third.id), seen=seen)
        assert answer.status_code == 409
        assert "已有变动" in answer.text
        assert 'name="seen" value="1"' in answer.text
        assert (await appointments.appointment(made.id)).slot_id == second.id

    async def test_a_move_that_fails_leaves_the_old_time(self, citizen: Member) -> None:
        [first, second] = await slots(TOMORROW)
        made = await booked(citizen.actor, first.id)
        for _ in range(2):
            await booked(await named(), second.id)
        where = f"/my/appointments/{made.reference}/move"
        await citizen.get(where)
        answer = await citizen.post(where, office=OFFICE, slot_id=str(second.id))
        assert answer.status_code == 409
        assert "刚刚约满" in answer.text
        answer = await citizen.post(where, office=OFFICE, slot_id="")
        assert answer.status_code == 422
        assert (await appointments.appointment(made.id)).starts_at == first.starts_at


class TestTracking:
    async def test_by_reference_and_phone(self, citizen: Member) -> None:
        made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
        page = await citizen.get("/track", reference=made.reference)
        assert f'value="{made.reference}"' in page.text
        found = await citizen.post(
            "/track", reference=made.reference, phone_tail=citizen.phone[-4:]
        )
        assert found.status_code == 200
        assert show_reference(made.reference) in found.text
        person = await identity.person(made.person_id)
        assert person.name is not None
        assert person.name not in found.text

    async def test_what_was_typed_is_kept(self, visitor: Visitor) -> None:
        await visitor.get("/track")
        answer = await visitor.post("/track", reference="23456-789AC", phone_tail="0000")
        assert answer.status_code == 404
        assert 'value="23456-789AC"' in answer.text
        assert "不符" in answer.text

    async def test_what_cannot_be_meant_is_said_at_the_field(self, visitor: Visitor) -> None:
        await visitor.get("/track")
        answer = await visitor.post("/track", reference="K7M3X", phone_tail="12a")
        assert answer.status_code == 422
        for field, message in (("reference", "10 位字母和数字"), ("phone_tail", "后四位数字")):
            assert re.search(rf'id="{field}-error">.*{message}', answer.text)
        assert 'value="K7M3X"' in answer.text
        full_width = await visitor.post("/track", reference="23456-789AC", phone_tail="００００")
        assert full_width.status_code == 404


async def test_signed_out_nobody_sees_my_pages(visitor: Visitor) -> None:
    for path in ("/my", "/my/appointments", "/my/appointments/23456789AC"):
        answer = await visitor.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


async def test_english_speaks_english(citizen: Member) -> None:
    made = await booked(citizen.actor, (await slots(TOMORROW))[0].id)
    for path in ("/book", "/my", "/track", f"/my/appointments/{made.reference}"):
        page = await citizen.get(path, lang="en")
        assert 'lang="en"' in page.text
    assert await database.fetchval("SELECT count(*) FROM appointment") == 1
