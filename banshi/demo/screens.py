"""A screen with its set-up, and a link that makes any browser the hall's kiosk."""

from datetime import datetime, time

from banshi.demo.identity import HALL
from services import identity, queue
from services.kernel.actor import Actor, ActorKind
from services.kernel.settings import settings
from services.queue import Layout, SaveScreen
from web.dev.sign_ins import kiosk_link_file


async def seed(now: datetime) -> None:
    """Set the screen up once; leave a fresh link whenever the last one is spent."""
    member = await identity.staff_by_username("admin")
    administrator = Actor(kind=ActorKind.STAFF, id=member.id, roles=member.roles)
    if not await queue.board_screens():
        await queue.save_screen(
            administrator,
            SaveScreen(
                office_code=HALL,
                name="大厅东侧",
                layout=Layout.GRID,
                quiet_from=time(12),
                quiet_until=time(13, 30),
            ),
            now,
        )
    file = kiosk_link_file(settings())
    try:
        await queue.waiting_kiosk(file.read_text() if file.exists() else "", now)
    except queue.SetupLinkSpent:
        made = await queue.create_kiosk(administrator, HALL, "大厅入口", now)
        file.write_text(made.setup_key)
