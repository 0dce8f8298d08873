"""A family's visit, a firm's group and a booking by telephone, page by page without JavaScript."""

import io
import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from services import appointments, catalog, identity
from services.appointments import AppointmentStatus, BookingChannel, BookVisit, Share
from services.appointments.visits.members import NOBODY
from services.identity import RealName, Role
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.kernel.ids import new_reference, show_reference
from services.kernel.translations import Language
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TOMORROW,
    booked,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.lists import HEAD, csv, people, xlsx
from tests.people import (
    citizen_actor,
    enrolled_staff,
    named_person,
    new_phone,
    new_resident_id,
)
from tests.web.test_booking_pages import Member
from tests.web.visitor import Visitor
from web.catalog.views import GROUP_BOOKING

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
async def member(client: httpx.AsyncClient, clock: FixedClock) -> Member:
    """Somebody who is signed in and has a real name."""
    return await Member.made_of(Visitor(client, clock))


def links(page: httpx.Response) -> list[str]:
    return re.findall(r'href="([^"]+)"', page.text)


async def add_person(member: Member, where: str = "") -> httpx.Response:
    await member.get(f"/my/people?{urlencode({'where': where})}")
    return await member.post(
        "/my/people",
        name="王小宝",
        id_type="resident_id",
        id_number=new_resident_id(),
        next=where,
    )


class TestFamily:
    async def test_from_the_times_to_everybodys_appointment(self, member: Member) -> None:
        await open_hall(seats=3)
        [first, there] = await slots()
        times = await member.get(f"/book?item={ITEM}&office={OFFICE}")
        assert f"/book/visit?item={ITEM}" in times.text
        here = f"/book/visit?item={ITEM}&office={OFFICE}"
        answer = await add_person(member, here)
        assert answer.headers["location"] == here
        page = await member.get(here)
        assert "王小宝" in page.text
        [person_id] = re.findall(r'name="person" value="([^"]+)"', page.text)
        chosen = {"item": ITEM, "office": OFFICE, "also": OTHER_ITEM, "person": person_id}
        shown = await member.get(f"/book/visit/times?{urlencode(chosen)}&day={TOMORROW}")
        assert str(first.id) in shown.text
        picked = {**chosen, "slot_id": str(first.id)}
        kept = await member.post("/book/visit/hold", **picked)
        where = kept.headers["location"]
        check = await member.get(where)
        assert "王小宝" in check.text
        assert "data-countdown" in check.text
        longer = await member.post(f"{urlsplit(where).path}/extend", **picked)
        assert longer.headers["location"] == where
        assert "/extend" not in (await member.get(where)).text
        made = await member.post(urlsplit(where).path, **picked, wish="wheelchair")
        assert made.status_code == 303, made.text
        again = await member.post(urlsplit(where).path, **picked)
        assert again.headers["location"] == made.headers["location"]
        found = await appointments.coming(member.actor, NOW)
        assert len(found) == 2
        assert {one.further_items for one in found} == {(OTHER_ITEM,)}
        page = await member.get(made.headers["location"])
        other = next(one for one in found if one.reference not in made.headers["location"])
        assert f"/my/appointments/{other.reference}" in page.text
        party_id = found[0].party_id
        slips = await member.get(f"/my/parties/{party_id}/slips")
        assert all(show_reference(one.reference) in slips.text for one in found)
        assert "王小宝" in slips.text
        calendar = await member.get(f"/my/appointments/{other.reference}/calendar.ics")
        summary = str(Calendar.from_ical(calendar.text).walk("VEVENT")[0]["SUMMARY"])
        assert "王小宝" in summary
        further = (await catalog.item(OTHER_ITEM)).title
        assert further[Language.CHINESE] in summary
        move = f"/my/parties/{party_id}/move"
        assert str(there.id) in (await member.get(f"{move}?day={TOMORROW}")).text
        moved = await member.post(move, office=OFFICE, slot_id=str(there.id))
        assert moved.status_code == 303, moved.text
        found = await appointments.coming(member.actor, NOW)
        assert {(one.slot_id, one.sequence) for one in found} == {(there.id, 1)}
        gone = await member.post(f"/my/parties/{party_id}/cancel")
        assert gone.status_code == 303
        assert not await appointments.coming(member.actor, NOW)

    async def test_who_comes_is_shown_and_asked_and_what_is_kept_is_found_again(
        self, member: Member
    ) -> None:
        await open_hall(seats=3)
        [first, _] = await slots()
        here = f"item={ITEM}&office={OFFICE}"
        await add_person(member, f"/book/visit?{here}")
        page = await member.get(f"/book/visit?{here}")
        assert re.search(r'name="me" value="yes" checked', page.text)
        nobody = await member.get(f"/book/visit/times?{here}&me=no")
        assert nobody.status_code == 422
        assert 'href="#me"' in nobody.text
        [person_id] = re.findall(r'name="person" value="([^"]+)"', page.text)
        chosen = {"item": ITEM, "office": OFFICE, "person": person_id}
        shown = await member.get(f"/book/visit/times?{urlencode(chosen)}&day={TOMORROW}")
        assert "可安排 2 人" in shown.text
        assert "余 3" not in shown.text
        kept = await member.post("/book/visit/hold", **chosen, slot_id=str(first.id))
        check = await member.get(kept.headers["location"])
        assert "王小明" in check.text
        assert (
            f"{urlsplit(kept.headers['location']).path}/release" in (await member.get("/my")).text
        )

    async def test_what_was_chosen_is_kept_when_it_does_not_fit(self, member: Member) -> None:
        await open_hall(seats=1)
        [_, second] = await slots()
        await add_person(member)
        [one] = await identity.companions(member.actor)
        chosen = {"item": ITEM, "office": OFFICE, "person": str(one.person_id)}
        await member.get(f"/book/visit?{urlencode(chosen)}")
        refused = await member.post("/book/visit/hold", **chosen, slot_id=str(second.id))
        assert refused.status_code == 409
        assert f'value="{one.person_id}"' in refused.text
        assert (await member.post("/book/visit/hold", **chosen)).status_code == 422

    async def test_who_of_ones_own_is_booked_already_is_named(self, member: Member) -> None:
        await open_hall(seats=2)
        [first, second] = await slots()
        await add_person(member)
        [one] = await identity.companions(member.actor)
        visit = BookVisit(item_code=ITEM, slot_id=first.id, people=(one.person_id,), myself=False)
        [before] = await appointments.book_visit(member.actor, visit, NOW)
        chosen = {"item": ITEM, "office": OFFICE, "person": str(one.person_id)}
        await member.get(f"/book/visit?{urlencode(chosen)}")
        refused = await member.post("/book/visit/hold", **chosen, slot_id=str(second.id))
        assert refused.status_code == 409
        assert "王小宝已预约此事项" in refused.text
        assert f'href="/my/appointments/{before.reference}"' in refused.text

    async def test_too_late_it_is_kept_again_or_the_times_are_shown(
        self, member: Member, clock: FixedClock
    ) -> None:
        await open_hall(seats=2)
        [first, _] = await slots()
        await add_person(member)
        [one] = await identity.companions(member.actor)
        chosen = {"item": ITEM, "office": OFFICE, "person": str(one.person_id)}
        picked = {**chosen, "slot_id": str(first.id)}
        await member.get(f"/book/visit?{urlencode(chosen)}")
        kept = await member.post("/book/visit/hold", **picked)
        here = urlsplit(kept.headers["location"]).path
        wrong = await member.post(here, **picked, wish="interpreter")
        assert wrong.status_code == 422
        clock.moment += timedelta(minutes=11)
        late = await member.post(here, **picked, wish="wheelchair")
        assert late.status_code == 409
        again = re.search(r'action="(/book/visit/confirm/[^"/]+)"', late.text)
        assert again is not None
        assert again[1] != here
        assert 'value="wheelchair" checked' in late.text
        # The clock alone, for who still looks at the first page.
        piece = await member.client.get(
            here, params=chosen, headers={"HX-Request": "true"}, follow_redirects=False
        )
        assert piece.status_code == 200
        assert "data-countdown" not in piece.text
        given_back = await member.post(f"{again[1]}/release", **picked)
        assert given_back.headers["location"].startswith("/book/visit/times?")
        assert await seat_states(first.id) == ["free", "free"]
        await booked(await named(), first.id, now=clock.moment)
        gone = await member.post(here, **picked)
        assert gone.headers["location"].startswith("/book/visit/times?")

    async def test_wishes_with_the_kept_seat(self, member: Member) -> None:
        await open_hall()
        [first, _] = await slots()
        await member.get(f"/book?item={ITEM}&office={OFFICE}")
        answer = await member.post("/book/hold", item=ITEM, office=OFFICE, slot_id=str(first.id))
        where = answer.headers["location"]
        await member.get(where)
        fields = {"item": ITEM, "office": OFFICE, "slot_id": str(first.id)}
        missing = await member.post(where, **fields, wish="interpreter")
        assert missing.status_code == 422
        made = await member.post(where, **fields, wish="interpreter", language="ko")
        assert made.status_code == 303
        assert await database.fetchval("SELECT wishes IS NOT NULL FROM appointment")

    async def test_a_long_item_is_kept_and_confirmed_like_any_other(self, member: Member) -> None:
        await open_hall(slot_minutes=20)
        [first, *_] = await slots()
        await member.get(f"/book?item={OTHER_ITEM}&office={OFFICE}")
        answer = await member.post(
            "/book/hold", item=OTHER_ITEM, office=OFFICE, slot_id=str(first.id)
        )
        where = answer.headers["location"]
        assert where.startswith("/book/confirm/")
        assert "hold-clock" in (await member.get(where)).text
        fields = {"item": OTHER_ITEM, "office": OFFICE, "slot_id": str(first.id)}
        made = await member.post(where, **fields)
        assert made.headers["location"].startswith("/my/appointments/")

    async def test_who_was_booked_for_joins_with_the_reference_and_stops_it(
        self, member: Member
    ) -> None:
        await open_hall()
        [first, _] = await slots()
        typed = {"name": "王奶奶", "id_type": "resident_id", "id_number": new_resident_id()}
        await member.get("/my/people")
        await member.post("/my/people", **typed)
        [one] = await identity.companions(member.actor)
        visit = appointments.BookVisit(
            item_code=ITEM, slot_id=first.id, people=(one.person_id,), myself=False
        )
        [made] = await appointments.book_visit(member.actor, visit, NOW)
        await member.post("/sign-out")
        await member.sign_in(new_phone())
        await member.get("/my/profile")
        refused = await member.post("/my/profile", **typed, email="nai@example.com")
        assert refused.status_code == 409
        assert 'name="reference"' in refused.text
        assert 'value="nai@example.com"' in refused.text
        wrong = await member.post("/my/profile", **typed, reference="K7M3X9AH4T")
        assert wrong.status_code == 422
        assert 'id="reference-error"' in wrong.text
        joined = await member.post("/my/profile", **typed, reference=made.reference)
        assert joined.status_code == 303
        assert show_reference(made.reference) in (await member.get("/my")).text
        people = await member.get("/my/people")
        [stop] = re.findall(r'action="(/my/people/bookers/[^"]+/refuse)"', people.text)
        assert (await member.post(stop)).status_code == 303
        assert (await member.post(stop)).status_code == 404
        again = await member.get("/my/people")
        [allow] = re.findall(r'action="(/my/people/bookers/[^"]+/allow)"', again.text)
        assert (await member.post(allow)).status_code == 303
        assert "/my/people/bookers/" not in (await member.get("/my/people")).text

    async def test_whoever_has_an_account_is_asked_and_agrees(self, member: Member) -> None:
        typed = {"name": "李奶奶", "id_type": "resident_id", "id_number": new_resident_id()}
        phone = new_phone()
        known = identity.RegisterByStaff(**typed, phone=phone)
        await identity.register_by_staff(CLERK, known, NOW)
        await member.get("/my/people")
        await member.post("/my/people", **typed)
        assert "待本人同意" in (await member.get("/my/people")).text
        here = f"/book/visit?item={ITEM}&office={OFFICE}"
        assert "李奶奶" not in (await member.get(here)).text
        await member.post("/sign-out")
        await member.sign_in(phone)
        page = await member.get("/my/people")
        [agree] = re.findall(r'action="(/my/people/bookers/[^"]+/agree)"', page.text)
        assert (await member.post(agree)).status_code == 303
        assert (await member.post(agree)).status_code == 404
        assert "/agree" not in (await member.get("/my/people")).text

    async def test_the_list_of_people(self, member: Member) -> None:
        await member.get("/my/people")
        wrong = await member.post("/my/people", name="王", id_type="resident_id", id_number="1")
        assert wrong.status_code == 422
        assert (await add_person(member)).status_code == 303
        [one] = await identity.companions(member.actor)
        await member.get("/my/people")
        assert (await member.post(f"/my/people/{one.person_id}/remove")).status_code == 303
        assert not await identity.companions(member.actor)


async def upload(
    member: Member, where: str, content: bytes, name: str, fields: Mapping[str, str]
) -> httpx.Response:
    await member.get(where)
    data = {"_csrf_token": member.token, **fields}
    return await member.client.post(where, data=data, files={"people": (name, content)})


class TestFirm:
    async def listed(self, member: Member, number: int) -> str:
        """The address of a list of so many people, after one that was wrong."""
        await member.get("/firm")
        wrong = await member.post("/firm", credit_code="91350100M000100Y4Z", name="东昌重工")
        assert wrong.status_code == 422
        added = await member.post("/firm", credit_code="91350100M000100Y43", name="东昌重工")
        where = added.headers["location"]
        assert GROUP_BOOKING not in (await member.get(where)).text
        fields = {"item": ITEM, "office": OFFICE}
        bad = csv([HEAD, ("王五", "身份证", "123", new_phone())], "gbk")
        told = await upload(member, where, bad, "people.csv", fields)
        assert told.status_code == 422
        assert "第 2 行，证件号码（C2）" in told.text
        kept = await upload(member, where, xlsx(people(number)), "people.xlsx", fields)
        assert kept.status_code == 303, kept.text
        draft: str = kept.headers["location"]
        return draft

    async def test_from_the_code_to_everybodys_appointment(self, member: Member) -> None:
        await open_hall(seats=3)
        [first, _] = await slots()
        [there, _] = await slots(TOMORROW + timedelta(days=1))
        draft = await self.listed(member, 4)
        shown = await member.get(f"{draft}?day={TOMORROW}")
        assert str(first.id) in shown.text
        held = await member.post(f"{draft}/hold", slot_id=str(first.id), arrangement="together")
        check = await member.get(held.headers["location"])
        assert "data-countdown" in check.text
        made = await member.post(urlsplit(held.headers["location"]).path)
        assert made.status_code == 303, made.text
        group = made.headers["location"]
        page = await member.get(group)
        assert page.text.count("/my/appointments/") >= 4
        listed = await member.get(f"{group}/list.csv")
        assert listed.text.count("dongchangfu") == 0
        assert len(listed.text.splitlines()) == 5
        assert listed.text.splitlines()[1].endswith("已预约")
        assert (await member.get(draft)).url.path == group
        assert (await member.get(held.headers["location"])).url.path == group
        move = f"/my/parties/{group.rpartition('/')[2]}/move"
        choices = {"arrangement": "apart", "day": TOMORROW + timedelta(days=1)}
        assert str(there.id) in (await member.get(f"{move}?{urlencode(choices)}")).text
        assert (await member.post(move, arrangement="apart")).status_code == 422
        moved = await member.post(move, slot_id=str(there.id), arrangement="apart")
        assert moved.headers["location"] == group
        await member.get(group)
        assert (await member.post(f"{group}/cancel")).status_code == 303
        assert "/firm/groups/" in (await member.get("/firm")).text

    async def test_places_that_are_kept_longer_given_back_and_kept_again(
        self, member: Member, clock: FixedClock
    ) -> None:
        await open_hall(seats=3)
        [first, _] = await slots()
        draft = await self.listed(member, 4)
        await member.get(draft)
        assert (await member.post(f"{draft}/hold")).status_code == 422
        held = await member.post(f"{draft}/hold", slot_id=str(first.id), arrangement="apart")
        here = urlsplit(held.headers["location"]).path
        await member.get(here)
        assert (await member.post(f"{here}/extend")).status_code == 303
        back = await member.post(f"{here}/release", slot_id=str(first.id))
        assert back.headers["location"].startswith(draft)
        assert (await member.post(here)).headers["location"].startswith(draft)
        held = await member.post(f"{draft}/hold", slot_id=str(first.id), arrangement="apart")
        here = urlsplit(held.headers["location"]).path
        clock.moment += timedelta(minutes=11)
        late = await member.post(here, arrangement="apart")
        assert late.status_code == 409
        again = re.search(rf'action="({draft}/confirm/[^"/]+)"', late.text)
        assert again is not None
        made = await member.post(again[1], arrangement="apart")
        assert made.headers["location"].startswith("/firm/groups/")

    async def test_no_file_and_far_too_much(self, member: Member) -> None:
        await member.get("/firm")
        added = await member.post("/firm", credit_code="91350100M000100Y43", name="东昌重工")
        where = added.headers["location"]
        fields = {"item": ITEM, "office": OFFICE}
        empty = await upload(member, where, b"", "a.csv", fields)
        assert empty.status_code == 422
        assert "这个文件是空的" in empty.text
        long = await upload(member, where, csv(people(1001)), "a.csv", fields)
        assert long.status_code == 422
        huge = await upload(member, where, b"x" * 8_500_000, "a.csv", fields)
        assert huge.status_code == 413
        for told in (long, huge):
            assert "一次集体预约最多 200 人" in told.text

    async def test_templates_are_lists_that_can_be_read(self, client: httpx.AsyncClient) -> None:
        for language, head, sheets in (
            ("zh_CN", "证件号码", ["人员名单", "填写说明"]),
            ("en", "ID number", ["List of people", "How to fill in"]),
        ):
            client.cookies.set("lang", language)
            for kind in ("csv", "xlsx"):
                empty = await client.get(f"/firm/template/{kind}")
                [fault] = appointments.read_list(empty.content, NOW).faults
                assert (fault.row, fault.message) == (0, NOBODY)
                if kind == "csv":
                    assert head in empty.text
                else:
                    book = load_workbook(io.BytesIO(empty.content))
                    assert book.sheetnames == sheets
                    assert head in [cell.value for cell in book.worksheets[0][1]]
                    # Filled in as the explanations say, it is read.
                    shown = [[cell.value for cell in row] for row in book.worksheets[1]]
                    example = next(row for row in shown if "13800000000" in row)
                    book.worksheets[0].append([])
                    for cell, text in zip(book.worksheets[0][2], example, strict=False):
                        cell.value = text
                    filled = io.BytesIO()
                    book.save(filled)
                    assert len(appointments.read_list(filled.getvalue(), NOW).members) == 1
        assert (await client.get("/firm/template/doc")).status_code == 404


class TestForPeople:
    @pytest.fixture
    async def operator(self, client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
        """A telephone operator."""
        visitor = Visitor(client, clock)
        account = await enrolled_staff(NOW, RoleAt(Role.TELEPHONE_OPERATOR))
        # Its code is good once: the next one comes a minute later.
        clock.moment = clock.moment.replace(minute=clock.moment.minute + 1)
        await visitor.staff_sign_in(account.username, account.secret)
        return visitor

    async def test_find_book_verify_move_and_cancel(self, operator: Visitor) -> None:
        await open_hall(seats=2, kept_telephone=1)
        [first, second] = await slots()
        phone = new_phone()
        await operator.get("/desk/book")
        empty = await operator.post("/desk/book", id_type="resident_id", language="zh_CN")
        assert empty.status_code == 422
        assert "请填写证件号码" in empty.text
        found = await operator.post(
            "/desk/book",
            name="周秀兰",
            id_type="resident_id",
            id_number=new_resident_id(),
            phone=phone,
            language="en",
        )
        where = found.headers["location"]
        page = await operator.get(f"{where}?item={ITEM}&office={OFFICE}&day={TOMORROW}")
        assert str(first.id) in page.text
        fields = {"item": ITEM, "office": OFFICE, "slot_id": str(first.id)}
        assert (await operator.post(where, **fields)).status_code == 303
        row = await database.fetchrow("SELECT reference, channel, share FROM appointment")
        assert row is not None
        assert (row["channel"], row["share"]) == (BookingChannel.TELEPHONE, Share.TELEPHONE)
        move = {"move": row["reference"], "slot_id": str(second.id), "office": OFFICE}
        await operator.get(where)
        await operator.post(where, **move)
        assert await self.slot_of(row["reference"]) == first.id
        assert (await operator.post(f"{where}/verify", digits="0000")).status_code == 422
        assert (await operator.post(f"{where}/verify", digits=phone[-4:])).status_code == 303
        assert "move=" in (await operator.get(where)).text
        await operator.get(f"{where}?move={row['reference']}")
        assert (await operator.post(where, **move)).status_code == 303
        assert await self.slot_of(row["reference"]) == second.id
        asked = (await operator.get(where)).text
        assert f'class="ask-body" method="post" action="{where}/cancel"' in asked
        await operator.post(f"{where}/cancel", reference=row["reference"])
        status = await database.fetchval("SELECT status FROM appointment")
        assert status == AppointmentStatus.CANCELLED

    async def test_everybody_who_comes_along_is_moved(self, operator: Visitor) -> None:
        await open_hall(seats=2)
        [first, second] = await slots()
        phone = new_phone()
        citizen = citizen_actor(await named_person(NOW, phone=phone))
        child = RealName(name="王小宝", id_type="resident_id", id_number=new_resident_id())
        companion = await identity.add_companion(citizen, child, NOW)
        visit = BookVisit(item_code=ITEM, slot_id=first.id, people=(companion,))
        [own, childs] = await appointments.book_visit(citizen, visit, NOW)
        where = f"/desk/book/{citizen.id}"
        await operator.get("/desk/book")
        await operator.post(f"{where}/verify", digits=phone[-4:])
        assert "everybody=yes" in (await operator.get(where)).text
        choices = {"move": own.reference, "everybody": "yes"}
        page = await operator.get(f"{where}?{urlencode({**choices, 'day': TOMORROW})}")
        assert str(second.id) in page.text
        moved = await operator.post(where, **choices, office=OFFICE, slot_id=str(second.id))
        assert moved.status_code == 303, moved.text
        for one in (own, childs):
            assert await self.slot_of(one.reference) == second.id

    async def slot_of(self, reference: str) -> object:
        return await database.fetchval(
            "SELECT slot_id FROM appointment WHERE reference = $1", reference
        )

    async def test_only_for_the_staff_of_bookings(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/desk/book")).status_code == 303


async def test_items_help_and_a_used_list(member: Member) -> None:
    """The page and the slip name every item's papers; help can be asked for until the check-in."""
    await open_hall(seats=3)
    [first, _] = await slots()
    command = appointments.BookVisit(item_code=ITEM, further_items=(OTHER_ITEM,), slot_id=first.id)
    [made] = await appointments.book_visit(member.actor, command, NOW)
    here = f"/my/appointments/{made.reference}"
    titles = [(await catalog.item(code)).title["zh_CN"] for code in (ITEM, OTHER_ITEM)]
    for page in (await member.get(here), await member.get(f"{here}/slip")):
        assert all(f">{title}</h3>" in page.text for title in titles)
    await member.get(here)
    saved = await member.post(f"{here}/help", wish="wheelchair", language="")
    assert saved.headers["location"] == here
    wishes = await appointments.wishes_of(member.actor, made.reference)
    assert wishes.needs == (appointments.Need.WHEELCHAIR,)
    await member.get(here)
    assert (await member.post(f"{here}/help", wish="interpreter", language="")).status_code == 422
    assert (await member.get(f"/a/{new_reference()}")).url.path == "/track"
