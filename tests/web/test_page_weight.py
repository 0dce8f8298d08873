"""What a first visit costs an old phone on a slow line, page by page (docs/performance.md)."""

import re
from typing import Final

from litestar import Litestar
from redis.asyncio import Redis

from services.kernel.clock import FixedClock
from tests.bookings import ITEM, OFFICE
from tests.web.hall import open_hall_at_work

ANDROID: Final = "Mozilla/5.0 (Linux; Android 9; STF-AL10) AppleWebKit/537.36 Chrome/97.0 Mobile"
PHONE: Final = {"User-Agent": ANDROID, "Accept-Encoding": "gzip"}
FILES: Final = re.compile(r'(?:href|src)="(/assets/[^"]+)"')
MOST_FILES: Final = 9
MOST_BYTES: Final = 44_000
PAGES: Final = (
    "/",
    f"/book?item={ITEM}",
    f"/book?item={ITEM}&office={OFFICE}",
    "/book/confirm/{hold_id}",
    "/my",
    "/my/appointments/{reference}",
)


async def test_a_first_visit_stays_light(
    app: Litestar, clock: FixedClock, database: object, redis: Redis
) -> None:
    """The bodies as they are sent: the page itself, compressed, and every file that it names."""
    del database
    hall = await open_hall_at_work(app, clock, redis)
    heavy: list[str] = []

    for path in PAGES:
        page = await hall.citizen.client.get(path.format(**hall.samples), headers=PHONE)
        assert page.status_code == 200, path
        addresses = dict.fromkeys(FILES.findall(page.text))
        files = [await hall.anybody.client.get(each, headers=PHONE) for each in addresses]
        sent = sum(int(answer.headers["content-length"]) for answer in (page, *files))
        if len(files) > MOST_FILES or sent > MOST_BYTES:
            heavy.append(f"{path}: {sent} bytes, {len(files)} files")

    for visitor in (hall.anybody, hall.citizen, hall.staff):
        await visitor.client.aclose()
    assert not heavy, "\n".join(heavy)
