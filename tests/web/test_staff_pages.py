"""Staff sign in with two factors; every way that must not work does not."""

import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar, get
from redis.asyncio import Redis

from services import identity
from services.identity import Role
from services.kernel.actor import SYSTEM, RoleAt
from services.kernel.clock import FixedClock
from services.kernel.settings import Settings
from tests.people import PASSWORD, StaffAccount, enrolled_staff, new_staff, totp
from tests.web.visitor import Visitor
from web.app import create_app
from web.common.guards import staff

MINUTE = timedelta(minutes=1)
CODE = "/staff/sign-in/code"


@get("/staff/test/{office:str}", guards=[staff(Role.CLERK, office="office")])
async def at_the_office() -> str:
    return "at work"


@get("/staff/test-sensitive", guards=[staff(Role.CLERK, sensitive=True)])
async def sensitive() -> str:
    return "opened"


@pytest.fixture(scope="module")
def application(settings: Settings) -> Litestar:
    app = create_app(settings)
    app.register(at_the_office)
    app.register(sensitive)
    return app


@pytest.fixture
def visitor(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    return Visitor(client, clock)


@pytest.fixture
async def account(visitor: Visitor, clock: FixedClock) -> StaffAccount:
    """A clerk of Dongchangfu, enrolled; the authenticator shows a fresh code."""
    del visitor  # after its database and Redis
    made = await enrolled_staff(clock.now(), RoleAt(Role.CLERK, "dongchangfu"))
    clock.moment += MINUTE
    return made


async def test_enrolment_is_forced_and_shows_recovery_codes_once(
    visitor: Visitor, clock: FixedClock
) -> None:
    staff_id = await new_staff(clock.now(), username="wang.min")
    step = await visitor.staff_password("wang.min")
    assert step.headers["location"] == "/staff/sign-in/enrolment"
    page = await visitor.get("/staff/sign-in/enrolment")
    secret = (await identity.enrolment(staff_id)).secret
    assert "<svg" in page.text
    assert secret in page.text.replace(" ", "")
    assert (await visitor.get("/staff/test/dongchangfu")).url.path == "/staff/sign-in"

    await visitor.staff_password("wang.min")
    await visitor.get("/staff/sign-in/enrolment")
    wrong = await visitor.post("/staff/sign-in/enrolment", code="000000")
    assert wrong.status_code == 422
    done = await visitor.post("/staff/sign-in/enrolment", code=totp(secret, clock.now()))
    assert done.status_code == 200
    assert done.text.count("<li><code>") == 10
    assert (await visitor.client.get("/staff/test/dongchangfu")).text == "at work"
    again = await visitor.client.get("/staff/sign-in/enrolment")
    assert again.headers["location"] == "/staff/sign-in"


class TestSignIn:
    async def test_two_factors_lead_to_work(self, visitor: Visitor, account: StaffAccount) -> None:
        answer = await visitor.staff_sign_in(account.username, account.secret)
        assert answer.headers["location"] == "/staff"
        assert (await visitor.client.get("/staff/test/dongchangfu")).text == "at work"

    async def test_the_password_alone_opens_nothing(
        self, visitor: Visitor, account: StaffAccount
    ) -> None:
        await visitor.staff_password(account.username)
        answer = await visitor.client.get("/staff/test/dongchangfu")
        assert answer.headers["location"].startswith("/staff/sign-in?next=")

    async def test_the_id_changes_with_each_step(
        self, visitor: Visitor, account: StaffAccount
    ) -> None:
        await visitor.staff_password(account.username)
        between = visitor.cookie
        await visitor.get(CODE)
        await visitor.post(CODE, code=totp(account.secret, visitor.clock.now()))
        assert between
        assert visitor.cookie
        assert visitor.cookie != between

    @pytest.mark.parametrize(
        ("username", "password"),
        [
            ("", ""),
            ("nobody", PASSWORD),
            ("wang'--", "x"),
            ("x" * 5000, "y" * 5000),
            ("王敏", "密码"),
        ],
    )
    async def test_wrong_and_unknown_answer_alike(
        self, visitor: Visitor, account: StaffAccount, username: str, password: str
    ) -> None:
        unknown = await visitor.staff_password(username, password)
        wrong = await visitor.staff_password(account.username, "wrong wrong wrong")
        assert unknown.status_code == wrong.status_code == 422
        assert "用户名或密码不正确" in unknown.text
        assert "用户名或密码不正确" in wrong.text

    async def test_five_wrong_passwords_pause_the_account(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        for _ in range(5):
            await visitor.staff_password(account.username, "wrong wrong wrong")
        paused = await visitor.staff_password(account.username)
        assert paused.status_code == 422
        clock.moment += MINUTE
        answer = await visitor.staff_sign_in(account.username, account.secret)
        assert answer.headers["location"] == "/staff"

    async def test_wrong_codes_count_too(self, visitor: Visitor, account: StaffAccount) -> None:
        await visitor.staff_password(account.username)
        await visitor.get(CODE)
        for _ in range(5):
            assert (await visitor.post(CODE, code="000000")).status_code == 422
        right = await visitor.post(CODE, code=totp(account.secret, visitor.clock.now()))
        assert "用户名" in right.text
        assert right.status_code == 422

    async def test_a_code_counts_once(self, visitor: Visitor, account: StaffAccount) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        await visitor.get("/staff/proof")
        await visitor.post("/sign-out")
        again = await visitor.staff_sign_in(account.username, account.secret)
        assert again.status_code == 422

    async def test_a_recovery_code_works_once(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        code = account.recovery_codes[3]
        await visitor.staff_password(account.username)
        await visitor.get(CODE)
        typed = code.lower().replace("-", " ")
        assert (await visitor.post(CODE, code=typed)).status_code == 303
        await visitor.get("/staff/proof")
        await visitor.post("/sign-out")
        await visitor.staff_password(account.username)
        await visitor.get(CODE)
        assert (await visitor.post(CODE, code=code)).status_code == 422
        del clock

    async def test_the_steps_must_follow_each_other_soon(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_password(account.username)
        await visitor.get(CODE)
        clock.moment += 11 * MINUTE
        late = await visitor.post(CODE, code=totp(account.secret, clock.now()))
        assert late.status_code == 422
        assert "操作超时" in late.text

    async def test_a_new_password_voids_the_step_between(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_password(account.username)
        await visitor.get(CODE)
        await identity.reset_password(SYSTEM, account.id, "another good one", clock.now())
        answer = await visitor.post(CODE, code=totp(account.secret, clock.now()))
        assert answer.status_code == 422


class TestAtWork:
    async def test_a_role_holds_at_its_office(
        self, visitor: Visitor, account: StaffAccount
    ) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        assert (await visitor.client.get("/staff/test/guanxian")).status_code == 403

    async def test_deactivation_ends_the_session_at_once(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        await identity.deactivate_staff(SYSTEM, account.id, clock.now())
        answer = await visitor.client.get("/staff/test/dongchangfu")
        assert answer.headers["location"].startswith("/staff/sign-in?next=")
        assert visitor.cookie is None
        assert (await visitor.staff_password(account.username)).status_code == 422

    async def test_new_roles_hold_with_the_next_click_under_a_new_id(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        before = visitor.cookie
        await identity.set_roles(SYSTEM, account.id, (RoleAt(Role.CLERK, "guanxian"),), clock.now())
        assert (await visitor.client.get("/staff/test/dongchangfu")).status_code == 403
        assert (await visitor.client.get("/staff/test/guanxian")).text == "at work"
        assert visitor.cookie != before

    async def test_a_lost_authenticator_is_enrolled_anew(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        await identity.reset_totp(SYSTEM, account.id, clock.now())
        assert (await visitor.get("/staff/test/dongchangfu")).url.path == "/staff/sign-in"
        step = await visitor.staff_password(account.username)
        assert step.headers["location"] == "/staff/sign-in/enrolment"

    async def test_after_half_an_hour_the_second_factor_is_asked_for_again(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        assert (await visitor.client.get("/staff/test-sensitive")).text == "opened"
        clock.moment += 31 * MINUTE
        assert (await visitor.client.get("/staff/test/dongchangfu")).text == "at work"
        asked = await visitor.get("/staff/test-sensitive")
        assert asked.url.path == "/staff/proof"
        assert (await visitor.post("/staff/proof", code="123456")).status_code == 422
        proven = await visitor.post(
            "/staff/proof", code=totp(account.secret, clock.now()), next="/staff/test-sensitive"
        )
        assert proven.headers["location"] == "/staff/test-sensitive"
        assert (await visitor.client.get("/staff/test-sensitive")).text == "opened"

    async def test_a_shift_ends_after_twelve_hours(
        self, visitor: Visitor, account: StaffAccount, clock: FixedClock
    ) -> None:
        await visitor.staff_sign_in(account.username, account.secret)
        for _ in range(24):
            clock.moment += 29 * MINUTE
            assert (await visitor.client.get("/staff/test/dongchangfu")).status_code == 200
        clock.moment += 25 * MINUTE
        assert (await visitor.client.get("/staff/test/dongchangfu")).status_code == 303

    async def test_htmx_is_told_where_to_go(
        self, visitor: Visitor, account: StaffAccount, redis: Redis
    ) -> None:
        del account, redis
        answer = await visitor.client.get(
            "/staff/test/dongchangfu",
            headers={"HX-Request": "true", "HX-Current-URL": "http://hall.test/desk?x=1"},
        )
        assert answer.status_code == 401
        assert answer.headers["hx-redirect"] == "/staff/sign-in?next=%2Fdesk%3Fx%3D1"


PLACES = {"/desk": "工作台", "/desk/book": "代约", "/staff/people": "人员查找", "/admin": "管理"}


@pytest.mark.parametrize(
    ("role", "home", "others"),
    [
        (Role.CLERK, "/desk/dongchangfu", ("/desk", "/desk/book", "/staff/people")),
        (Role.SUPERVISOR, "/desk/dongchangfu", ("/desk", "/desk/book", "/staff/people")),
        (Role.TELEPHONE_OPERATOR, "/desk/book", ("/desk/book", "/staff/people")),
        (Role.ADMINISTRATOR, "/admin", ("/admin",)),
        (Role.AUDITOR, "/admin", ("/admin",)),
        (Role.PASS_OFFICER, "/staff", ()),
    ],
)
async def test_each_role_lands_where_it_may_work_and_can_leave(
    client: httpx.AsyncClient, clock: FixedClock, role: Role, home: str, others: tuple[str, ...]
) -> None:
    office = "dongchangfu" if role in {Role.CLERK, Role.SUPERVISOR} else None
    account = await enrolled_staff(clock.now(), RoleAt(role, office))
    clock.moment += MINUTE
    visitor = Visitor(client, clock)
    answer = await visitor.staff_sign_in(account.username, account.secret)
    for start in (answer.headers["location"], "/desk"):
        page = await visitor.get(start)
        assert (page.status_code, page.url.path) == (200, home)
    for address, name in PLACES.items():
        assert (re.search(rf'nav-link" href="{address}"[^>]*>{name}<', page.text) is not None) is (
            address in others
        )
        assert (await visitor.get(address)).status_code != 500
    assert "王敏" in page.text
    assert 'action="/sign-out"' in page.text
    assert (await visitor.post("/sign-out")).status_code == 303
