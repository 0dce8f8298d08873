"""Real pages in a real browser, from a real server with a real worker behind it.

Everything is asynchronous, on the session's event loop: the mail catcher answers on it too.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright
from redis.asyncio import Redis

from services.kernel import outbox
from tests.browser.chromium import FLAGS, find_or_get
from tests.harness.database import Restorer
from tests.harness.live import LiveServer
from tests.harness.mailbox import Mailbox
from tests.harness.run import Worker
from workers.arq_queue import queue_on
from workers.doorbell import Doorbell

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
PATIENCE_MS = 10_000
LOAD_ERROR = "Failed to load resource: the server responded with a status of 4"

OpenPage = Callable[[ViewportSize], Awaitable[Page]]


# Of this package, not of the session: their worker would drain the outbox of other tests.
@pytest.fixture(scope="package")
def live_processes(
    worker: Worker, restorer: Restorer, redis_server: None, mail_catcher: None
) -> Iterator[LiveServer]:
    server = LiveServer(worker)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def live_server(
    live_processes: LiveServer,
    committed_database: None,
    redis: Redis,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The address of a server on a database, Redis and mailbox that start empty."""
    # What a test commits itself wakes the worker too; else it would look every half minute.
    monkeypatch.setattr(outbox, "_ring", Doorbell(queue_on(redis.connection_pool)).ring)
    return live_processes.url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for the session."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_or_get(), args=list(FLAGS))
        yield chromium
        await chromium.close()


@pytest.fixture
async def open_page(browser: Browser, live_server: str) -> AsyncIterator[OpenPage]:
    """Opens windows that share nothing, each as a person of their own.

    The test fails when a page's script failed or the browser refused something: a blocked inline
    style is an error in the console and nothing else.
    """
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        shown = message.page.url if message.page else ""
        # A page may itself be the answer 404 or 422; what it loads may not.
        is_answer = message.text.startswith(LOAD_ERROR) and message.location["url"] == shown
        if message.type == "error" and not is_answer:
            complaints.append(f"{shown}: {message.text}")

    async with AsyncExitStack() as closing:

        async def opened(size: ViewportSize) -> Page:
            context = await browser.new_context(
                base_url=live_server,
                viewport=size,
                has_touch=size == PHONE,
                is_mobile=size == PHONE,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            closing.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            page = await context.new_page()
            page.on("console", complain)
            page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
            return page

        yield opened
    assert not complaints


@pytest.fixture
async def phone(open_page: OpenPage) -> Page:
    """A citizen's phone."""
    return await open_page(PHONE)


@pytest.fixture
async def desk(open_page: OpenPage) -> Page:
    """A clerk's screen."""
    return await open_page(DESK)
