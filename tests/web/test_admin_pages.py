"""/admin: real figures, dead events and their retry, the audit and its chain; for whom."""

from datetime import timedelta

import httpx
import pytest
from redis.asyncio import Redis

from services import audit, queue
from services.identity import Role
from services.kernel import leases, outbox
from services.kernel.actor import SYSTEM, RoleAt
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from services.kernel.leases import Event
from services.kernel.presence import presence_key
from services.kernel.unit_of_work import unit_of_work
from services.notices import Lane
from tests.bookings import OFFICE
from tests.people import StaffAccount, enrolled_staff, new_staff, staff_actor
from tests.web.visitor import Visitor

PAGES = ("/admin", "/admin/outbox", "/admin/audit")
MINUTE = timedelta(minutes=1)


async def signed_in(client: httpx.AsyncClient, clock: FixedClock, role: Role) -> Visitor:
    account: StaffAccount = await enrolled_staff(clock.now(), RoleAt(role))
    clock.moment += MINUTE
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


@pytest.fixture
async def administrator(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    return await signed_in(client, clock, Role.ADMINISTRATOR)


async def dead_event(clock: FixedClock, topic: str = Lane.EMAIL.topic) -> Event:
    async with unit_of_work():
        await outbox.publish(topic, {"notice_id": str(new_id())}, clock.now())
    [event] = await leases.claim([topic], clock.now(), 1)
    await leases.fail(event, "smtp_recipient_550", clock.now(), for_good=True)
    return event


class TestWho:
    @pytest.mark.parametrize("path", PAGES)
    async def test_nobody_without_a_sign_in(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(path)
        assert answer.status_code == 303

    @pytest.mark.parametrize("role", [Role.CLERK, Role.SUPERVISOR])
    async def test_no_other_staff(
        self, client: httpx.AsyncClient, clock: FixedClock, role: Role
    ) -> None:
        visitor = await signed_in(client, clock, role)
        for path in PAGES:
            assert (await visitor.get(path)).status_code == 403

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
    async def test_administrators_and_auditors(
        self, client: httpx.AsyncClient, clock: FixedClock, role: Role
    ) -> None:
        visitor = await signed_in(client, clock, role)
        for path in PAGES:
            for language in ("zh_CN", "en"):
                assert (await visitor.get(path, lang=language)).status_code == 200


class TestOverview:
    async def test_all_is_well(
        self, administrator: Visitor, clock: FixedClock, redis: Redis
    ) -> None:
        await redis.set(presence_key("worker"), "1", ex=60)
        await audit.seal(clock.now())
        await audit.check(SYSTEM, clock.now())
        page = await administrator.get("/admin", lang="en")
        assert "No worker is running" not in page.text
        assert "tile-wrong" not in page.text
        assert "Whole" in page.text

    async def test_what_is_wrong_stands_out(
        self, administrator: Visitor, clock: FixedClock
    ) -> None:
        await dead_event(clock)
        page = await administrator.get("/admin", lang="en")
        assert "No worker is running" in page.text
        assert page.text.count("tile-wrong") == 2


class TestOutbox:
    async def test_a_dead_event_says_why_and_can_be_tried_again(
        self, administrator: Visitor, clock: FixedClock
    ) -> None:
        event = await dead_event(clock)
        page = await administrator.get("/admin/outbox", lang="en")
        assert "The mail server refused the recipient" in page.text
        answer = await administrator.post(f"/admin/outbox/{event.id}/retry")
        assert answer.status_code == 303
        after = await administrator.get("/admin/outbox", lang="en")
        assert "The event is being tried again." in after.text
        assert "Nothing has failed" in after.text
        [entry] = await audit.about("outbox_event", event.id)
        assert entry.action == "outbox.retried"

    async def test_a_second_click_does_no_harm(
        self, administrator: Visitor, clock: FixedClock
    ) -> None:
        event = await dead_event(clock)
        await administrator.get("/admin/outbox")
        for _ in range(2):
            answer = await administrator.post(f"/admin/outbox/{event.id}/retry")
            assert answer.status_code == 303
        assert len(await audit.about("outbox_event", event.id)) == 1

    async def test_all_of_a_kind_at_once(self, administrator: Visitor, clock: FixedClock) -> None:
        for topic in (Lane.EMAIL.topic, Lane.EMAIL.topic, Lane.SMS.topic):
            await dead_event(clock, topic)
        await administrator.get("/admin/outbox")
        answer = await administrator.post("/admin/outbox/retry-all", topic=Lane.EMAIL.topic)
        assert answer.status_code == 303
        assert [event.topic for event in await outbox.dead_events()] == [Lane.SMS.topic]

    async def test_an_auditor_may_look_and_not_retry(
        self, client: httpx.AsyncClient, clock: FixedClock
    ) -> None:
        event = await dead_event(clock)
        auditor = await signed_in(client, clock, Role.AUDITOR)
        page = await auditor.get("/admin/outbox", lang="en")
        assert "Try again" not in page.text
        assert (await auditor.post(f"/admin/outbox/{event.id}/retry")).status_code == 403
        refused = await auditor.post("/admin/outbox/retry-all", topic=event.topic)
        assert refused.status_code == 403
        assert len(await outbox.dead_events()) == 1

    async def test_a_forged_form_changes_nothing(
        self, administrator: Visitor, clock: FixedClock
    ) -> None:
        event = await dead_event(clock)
        administrator.token = "forged"
        assert (await administrator.post(f"/admin/outbox/{event.id}/retry")).status_code == 403
        assert len(await outbox.dead_events()) == 1

    @pytest.mark.parametrize("key", ["nonsense", "00000000-0000-0000-0000-000000000000"])
    async def test_an_unknown_event_is_no_fault_of_ours(
        self, administrator: Visitor, key: str
    ) -> None:
        await administrator.get("/admin/outbox")
        answer = await administrator.post(f"/admin/outbox/{key}/retry")
        assert answer.status_code in {303, 400, 404}


class TestAudit:
    async def test_everything_is_there_in_words(self, administrator: Visitor) -> None:
        page = await administrator.get("/admin/audit", lang="en")
        assert "signed in as staff" in page.text
        chinese = await administrator.get("/admin/audit", lang="zh_CN")
        assert "工作人员登录" in chinese.text

    async def test_filters_find_and_the_look_is_recorded(
        self, administrator: Visitor, clock: FixedClock
    ) -> None:
        person = new_id()
        async with unit_of_work():
            await audit.record(
                SYSTEM,
                "identity.phone_changed",
                subject="person",
                subject_id=person,
                now=clock.now(),
            )
        page = await administrator.get(
            "/admin/audit", lang="en", subject="person", subject_id=str(person)
        )
        assert '<td class="sentence">changed a phone number' in page.text
        assert '<td class="sentence">signed in as staff' not in page.text
        [looked] = await audit.about("audit", str(person))
        assert looked.action == "audit.searched"
        nothing = await administrator.get("/admin/audit", lang="en", day="2001-01-01")
        assert "No record fits" in nothing.text

    async def test_page_by_page(self, administrator: Visitor, clock: FixedClock) -> None:
        async with unit_of_work():
            for _ in range(35):
                await audit.record(
                    SYSTEM, "catalog.synced", subject="catalogue", subject_id="x", now=clock.now()
                )
        first = await administrator.get("/admin/audit", lang="en", action="catalog")
        assert first.text.count('<td class="sentence">') == 30
        following = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        second = await administrator.client.get(following.replace("&amp;", "&"))
        assert second.text.count('<td class="sentence">') == 5

    @pytest.mark.parametrize(
        ("field", "value"), [("actor_id", "nobody"), ("day", "tomorrow"), ("day", "2025-02-30")]
    )
    async def test_what_was_typed_wrong_is_said_beside_its_field_and_kept(
        self, administrator: Visitor, field: str, value: str
    ) -> None:
        page = await administrator.get("/admin/audit", lang="en", **{field: value})
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text
        assert f'value="{value}"' in page.text

    @pytest.mark.parametrize(
        "wanted", [{"subject_id": "x" * 201}, {"cursor": "nonsense"}, {"subject_id": "\x00"}]
    )
    async def test_other_bad_input_is_a_4xx(
        self, administrator: Visitor, wanted: dict[str, str]
    ) -> None:
        assert 400 <= (await administrator.get("/admin/audit", **wanted)).status_code < 500

    async def test_the_chain_can_be_checked_at_once(self, administrator: Visitor) -> None:
        page = await administrator.get("/admin/audit", lang="en")
        assert "Not checked yet." in page.text
        answer = await administrator.post("/admin/audit/check")
        assert answer.status_code == 303
        after = await administrator.get("/admin/audit", lang="en")
        assert "The chain was checked and is whole." in after.text
        check = await audit.last_check()
        assert check is not None
        [entry] = await audit.about("audit_check", check.id)
        assert entry.action == "audit.checked"


class TestScreens:
    async def test_a_screen_is_changed_where_it_hangs(
        self, administrator: Visitor, clock: FixedClock
    ) -> None:
        account = staff_actor(await new_staff(clock.now()), RoleAt(Role.ADMINISTRATOR))
        command = queue.SaveScreen(office_code=OFFICE, name="大门")
        screen = await queue.save_screen(account, command, clock.now())
        address = f"/admin/screens/{screen.id}"
        assert f'href="{address}/edit"' in (await administrator.get("/admin/screens")).text
        assert f'value="{screen.name}"' in (await administrator.get(f"{address}/edit")).text
        typed = {"name": "东门", "layout": "portrait", "voices": "chime", "volume": "500"}
        refused = await administrator.post(f"{address}/edit", **typed)
        assert refused.status_code == 422
        assert 'value="500"' in refused.text
        answer = await administrator.post(f"{address}/edit", **{**typed, "volume": "30"})
        assert answer.headers["location"] == "/admin/screens"
        changed = await queue.board_screen(screen.id)
        assert (changed.name, changed.layout, changed.volume) == ("东门", "portrait", 30)
