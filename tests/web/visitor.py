"""A visitor who fills in forms as a browser does: with the page's own token and cookies."""

import re
from uuid import UUID

import httpx

from services import identity
from services.kernel import database
from services.kernel.clock import FixedClock
from tests.people import PASSWORD, totp

_TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


class Visitor:
    """Wraps a client; follows the redirects that its forms lead to."""

    def __init__(self, client: httpx.AsyncClient, clock: FixedClock) -> None:
        self.client = client
        self.clock = clock
        self.token = ""

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        """A page, after whatever it redirects to."""
        # Even empty parameters would take the place of the path's own query.
        return self._seen(
            await self.client.get(path, params=parameters or None, follow_redirects=True)
        )

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """The answer to a form, itself, with the token that the last page carried."""
        data = {"_csrf_token": self.token, **fields}
        return self._seen(await self.client.post(path, data=data))

    def _seen(self, response: httpx.Response) -> httpx.Response:
        found = _TOKEN.search(response.text)
        if found:
            self.token = found[1]
        return response

    @property
    def cookie(self) -> str | None:
        """The session cookie's value."""
        return self.client.cookies.get("session")

    async def ask_for_code(self, phone: str, where: str = "/my/profile") -> str:
        """Go to the page that waits for the code; the code, as it reaches the phone."""
        await self.get("/sign-in", next=where)
        answer = await self.post("/sign-in", phone=phone, next=where)
        assert answer.status_code == 303, answer.text
        await self.get(answer.headers["location"])
        return await newest_code()

    async def sign_in(self, phone: str, where: str = "/my/profile") -> httpx.Response:
        """Sign in as a citizen; the page that this leads to."""
        code = await self.ask_for_code(phone, where)
        answer = await self.post("/sign-in/code", code=code)
        assert answer.status_code == 303, answer.text
        return await self.get(answer.headers["location"])

    async def staff_password(self, username: str, password: str = PASSWORD) -> httpx.Response:
        """Take the first step of a staff sign-in."""
        await self.get("/staff/sign-in")
        return await self.post("/staff/sign-in", username=username, password=password)

    async def staff_sign_in(self, username: str, secret: str) -> httpx.Response:
        """Sign in as enrolled staff."""
        await self.staff_password(username)
        await self.get("/staff/sign-in/code")
        return await self.post("/staff/sign-in/code", code=totp(secret, self.clock.now()))


async def newest_code() -> str:
    """The digits of the code that was asked for last."""
    code_id: UUID = await database.fetchval("SELECT id FROM sign_in_code ORDER BY id DESC LIMIT 1")
    message = await identity.sign_in_message(code_id)
    assert message is not None
    return message.code
