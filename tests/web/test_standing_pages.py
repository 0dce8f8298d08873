"""The rules in plain words, where one stands, appeals and answers, rules and emergencies set."""

import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from services import appointments
from services.appointments import DeclareEmergency, Rule
from services.identity import Role
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import FixedClock
from tests.bookings import ITEM, NOW, OFFICE, TOMORROW, keep_rule, slots
from tests.people import citizen_actor, enrolled_staff, named_person, new_phone
from tests.standing import ADMINISTRATOR, appointed, cancelled, missed, open_halls
from tests.web.hall import forget_limits, new_client
from tests.web.visitor import Visitor
from web.standing.fields import form_of

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

TIMES = {"item": ITEM, "office": OFFICE}


class Citizen(Visitor):
    """A visitor who is signed in with a real name."""

    actor: Actor


@pytest.fixture(autouse=True)
async def halls(catalogue: None, redis: object) -> None:
    del catalogue, redis
    await open_halls()


@pytest.fixture
async def citizen(app: Litestar, clock: FixedClock, redis: Redis) -> Citizen:
    phone = new_phone()
    person_id = await named_person(NOW, phone=phone)
    clock.moment = NOW
    await forget_limits(redis)
    visitor = Citizen(new_client(app), clock)
    visitor.actor = citizen_actor(person_id)
    await visitor.sign_in(phone)
    return visitor


async def staff(app: Litestar, clock: FixedClock, *roles: RoleAt) -> Visitor:
    account = await enrolled_staff(clock.moment, *roles)
    clock.moment += timedelta(minutes=1)
    visitor = Visitor(new_client(app), clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


class TestInPlainWords:
    async def test_anybody_reads_all_rules(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/booking-rules", params={"lang": "en"})
        for said in (
            "You can book up to 5 working days ahead. A day's places open at 08:00.",
            "Book online by the day before.",
            "Whoever misses 2 appointments within 30 days cannot book for 30 days.",
            "whoever cancels 5 times within 30 days",
            "more than 3 times in one day",
        ):
            assert said in page.text

    async def test_a_line_that_is_none_is_said(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/booking-rules", params={"line": "zz", "lang": "en"})
        assert "Part of this address is not known here" in page.text

    async def test_a_place_with_figures_of_its_own(self, client: httpx.AsyncClient) -> None:
        await keep_rule(Rule(days_before=0, no_shows=1, blocked_days=1), office_code=OFFICE)
        here = await client.get("/booking-rules", params={"office": OFFICE, "lang": "en"})
        assert "You can book online until the time begins." in here.text
        assert "Whoever misses one appointment within 30 days cannot book for 1 day." in here.text
        general = await client.get("/booking-rules", params={"lang": "en"})
        assert "Book online by the day before." in general.text

    async def test_they_stand_beside_the_times(self, citizen: Citizen) -> None:
        await keep_rule(Rule(no_shows=4), line="household")
        page = await citizen.get("/book", **TIMES, lang="en")
        assert "Whoever misses 4 appointments" in page.text

    async def test_an_emergency_is_said(self, citizen: Citizen) -> None:
        command = DeclareEmergency(reason_zh="疫情防控", reason_en="Epidemic control")
        await appointments.declare_emergency(ADMINISTRATOR, command, NOW)
        for path in ("/booking-rules", "/my/standing"):
            assert "Epidemic control. Missed" in (await citizen.get(path, lang="en")).text
        page = await citizen.get("/book", **TIMES, lang="en")
        assert "Nobody is penalised at present" in page.text

    async def test_once_more_is_said_before_it_is_done(self, citizen: Citizen) -> None:
        for _ in range(3):
            await cancelled(citizen.actor)
        [first, _] = await slots(TOMORROW)
        await citizen.get("/book", **TIMES)
        kept = await citizen.post("/book/hold", **TIMES, slot_id=str(first.id))
        page = await citizen.get(kept.headers["location"], lang="en")
        assert "You have booked this business 3 times today and given it back." in page.text


class TestWhereOneStands:
    async def test_nothing_counts(self, citizen: Citizen) -> None:
        page = await citizen.get("/my/standing", lang="en")
        assert "Nothing counts against you" in page.text
        assert "Send the appeal" not in page.text

    async def test_blocked_appealed_answered(
        self, app: Litestar, citizen: Citizen, clock: FixedClock
    ) -> None:
        await keep_rule(Rule(no_shows=1))
        made = await missed(citizen.actor)
        clock.moment = made.ends_at
        page = await citizen.get("/my/standing", lang="en")
        assert "Too many booked appointments were missed." in page.text
        assert f'href="/my/appointments/{made.reference}"' in page.text
        assert "Nothing counts against you" not in page.text
        assert "At every hall" in page.text
        assert "Booking is paused for you until" in (await citizen.get("/my", lang="en")).text
        long = "那天我在医院。" * 100
        answer = await citizen.post("/my/standing/appeal", words=long)
        assert (answer.status_code, long in answer.text) == (422, True)
        short = await citizen.post("/my/standing/appeal", words="no")
        assert short.status_code == 422
        assert ">no</textarea>" in short.text
        sent = await citizen.post("/my/standing/appeal", words="<b>那天</b>我在医院，有证明。")
        assert sent.status_code == 303
        page = await citizen.get("/my/standing")
        assert "&lt;b&gt;那天&lt;/b&gt;" in page.text
        again = await citizen.post("/my/standing/appeal", words="请尽快处理我的申诉，谢谢。")
        assert again.status_code == 409

        supervisor = await staff(app, clock, RoleAt(Role.SUPERVISOR, OFFICE))
        stranger = await staff(app, clock, RoleAt(Role.SUPERVISOR, "donge"))
        listed = await supervisor.get("/staff/appeals", lang="en")
        [path] = re.findall(r'href="(/staff/appeals/[0-9a-f-]+)"', listed.text)
        assert path not in (await stranger.get("/staff/appeals")).text
        assert (await stranger.get(path)).status_code == 404
        shown = await supervisor.get(path, lang="en")
        assert "我在医院" in shown.text
        empty = await supervisor.post(path, reason="已核实住院证明。")
        assert empty.status_code == 422
        assert "已核实住院证明。" in empty.text
        answered = await supervisor.post(path, verdict="granted", reason="已核实住院证明。")
        assert answered.status_code == 303
        late = await supervisor.post(path, verdict="declined", reason="已核实住院证明。")
        assert late.headers["location"] == path

        page = await citizen.get("/my/standing", lang="en")
        assert "已核实住院证明。" in page.text
        assert "Send the appeal" not in page.text
        await appointed(citizen.actor, 3, now=clock.moment)

    async def test_cancelling_says_how_often_one_has(self, citizen: Citizen) -> None:
        for number in range(2):
            await cancelled(citizen.actor, number)
        made = await appointed(citizen.actor, 2)
        page = await citizen.get(f"/my/appointments/{made.reference}/cancel", lang="en")
        assert "your cancellation number 3 within 30 days. From 5 on" in page.text
        await keep_rule(Rule(cancellations=3))
        page = await citizen.get(f"/my/appointments/{made.reference}/cancel", lang="en")
        assert "number 3 within 30 days. After it you cannot book for 30 days." in page.text

    async def test_the_api_says_it_in_figures(self, citizen: Citizen) -> None:
        await cancelled(citizen.actor)
        answer = (await citizen.client.get("/api/v1/me/standing")).json()
        assert (answer["no_shows"], answer["cancellations"]) == (0, 1)
        assert answer["blocked_until"] is None
        assert answer["limits"]["blocked_days"] == 30

    async def test_a_pause_is_said_before_a_time_is_picked(self, citizen: Citizen) -> None:
        for number in range(2):
            await missed(citizen.actor, number)
        citizen.clock.moment = NOW + timedelta(days=4)
        page = await citizen.get("/book", **TIMES, lang="en")
        assert "Booking is paused for you until" in page.text
        assert "Too many booked appointments were missed." in page.text
        answer = (await citizen.client.get("/api/v1/me/standing")).json()
        assert answer["blocked_until"].endswith("+08:00")


class TestSettings:
    async def typed(self, **figures: object) -> dict[str, str]:
        form = form_of(Rule(), (OFFICE, None), seen=0)
        fields = {name: str(getattr(form, name)) for name in form.__struct_fields__}
        return {**fields, **{name: str(value) for name, value in figures.items()}}

    @pytest.fixture
    async def admin(self, app: Litestar, clock: FixedClock) -> Visitor:
        return await staff(app, clock, RoleAt(Role.ADMINISTRATOR))

    async def test_looked_at_saved_changed_and_removed(self, admin: Visitor) -> None:
        await admin.get("/admin/rules/place", office=OFFICE)
        preview = await admin.post("/admin/rules", **await self.typed(no_shows=7))
        assert preview.status_code == 200
        assert "爽约满 7 次" in preview.text
        assert await appointments.rule_at(OFFICE, None) is None
        saved = await admin.post("/admin/rules", **await self.typed(no_shows=7, step="save"))
        assert saved.status_code == 303
        kept = await appointments.rule_at(OFFICE, None)
        assert kept is not None
        assert (kept.rule.no_shows, kept.version) == (7, 1)

        twice = await admin.post("/admin/rules", **await self.typed(no_shows=8, step="save"))
        assert twice.status_code == 409
        stale = await admin.post("/admin/rules", **await self.typed(step="save", seen=9))
        assert stale.status_code == 409
        assert (await appointments.rule_for(OFFICE, "vehicle")).no_shows == 7
        listed = await admin.get("/admin/rules", lang="en")
        assert "Missed appointments that pause booking: 7" in listed.text
        removed = await admin.post("/admin/rules/remove", office=OFFICE, line="", seen="1")
        assert removed.status_code == 303
        assert await appointments.rule_at(OFFICE, None) is None

    async def test_each_figure_that_is_wrong_is_marked(self, admin: Visitor) -> None:
        await admin.get("/admin/rules/place", office=OFFICE)
        figures = {"no_shows": "many", "release_at": "noon", "days_ahead": "400"}
        answer = await admin.post("/admin/rules", **await self.typed(**figures))
        assert answer.status_code == 422
        for name in ("no_shows", "release_at"):
            assert f'id="{name}-error"' in answer.text
        answer = await admin.post("/admin/rules", **await self.typed(days_ahead=3, days_before=4))
        assert 'id="days_before-error"' in answer.text

    async def test_an_emergency_is_declared_and_ended(self, admin: Visitor) -> None:
        await admin.get("/admin/emergency")
        wrong = await admin.post("/admin/emergency", reason_zh="疫", ends_at="soon")
        assert wrong.status_code == 422
        fields = {"reason_zh": "暴雨", "reason_en": "Heavy rain", "office": OFFICE}
        done = await admin.post("/admin/emergency", **fields)
        assert done.status_code == 303
        page = await admin.get("/admin/emergency", lang="en")
        [path] = re.findall(r'action="(/admin/emergency/[0-9a-f-]+/end)"', page.text)
        assert (await admin.post(path)).status_code == 303
        assert "In force" not in (await admin.get("/admin/emergency", lang="en")).text

    async def test_others_may_not(self, app: Litestar, clock: FixedClock) -> None:
        supervisor = await staff(app, clock, RoleAt(Role.SUPERVISOR, OFFICE))
        auditor = await staff(app, clock, RoleAt(Role.AUDITOR))
        for path in ("/admin/rules", "/admin/emergency"):
            assert (await supervisor.get(path)).status_code == 403
            assert (await auditor.get(path)).status_code == 200
            assert (await auditor.post(path, **await self.typed())).status_code == 403
