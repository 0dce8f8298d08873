"""The hall's screen. Public: numbers and windows, and nobody's name."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial as bind
from uuid import UUID

from litestar import Controller, get
from litestar.channels import ChannelsPlugin
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent
from msgspec import Struct

from services import catalog, queue
from services.kernel import live
from services.kernel.translations import Language, translate
from web.common.guards import Now, public
from web.common.live import live_stream
from web.common.rendering import Page, page, partial
from web.queue.coalesced import Coalesced
from web.queue.words import CALL, spoken_number

ANYONE = public("the hall's screen shows numbers and windows, which everyone in the hall sees")


class Screen(Struct, frozen=True):
    """One office's screen, and what the voice says for each call, always in Chinese."""

    office: catalog.Office
    board: queue.Board
    spoken: Mapping[UUID, str]


_screens: Coalesced[Screen] = Coalesced()


async def _read(office_code: str, now: datetime) -> Screen:
    office = await catalog.office(office_code)
    board = await queue.board(office_code, now)
    spoken = {
        call.ticket_id: translate(
            CALL, Language.CHINESE, number=spoken_number(call.number), window=call.window
        )
        for call in board.calling
    }
    return Screen(office, board, spoken)


class Boards(Controller):
    """The list of screens, and each of them."""

    path = "/board"
    opt = ANYONE
    include_in_schema = False

    @get("/")
    async def choose(self) -> Page:
        """Every office's screen."""
        return page("board/offices.html", offices=await catalog.offices())

    @get("/{office:str}")
    async def screen(self, office: FromPath[str], now: Now) -> Page:
        """The whole screen."""
        shown = await _screens.get(office, bind(_read, office, now))
        return page("board/screen.html", screen=shown)

    @get("/{office:str}/now")
    async def screen_now(self, office: FromPath[str], now: Now) -> Page:
        """The part of the screen that changes, for htmx."""
        shown = await _screens.get(office, bind(_read, office, now))
        return partial("board/now.html", screen=shown)


@get(
    "/live/{office:str}",
    opt={**public("messages say only that something changed"), "compressed": True},
    include_in_schema=False,
)
async def live_office(
    office: FromPath[str], channels: NamedDependency[ChannelsPlugin]
) -> ServerSentEvent:
    """The stream that tells every page about one office when to look again."""
    known = await catalog.office(office)
    return live_stream(channels, live.office_topic(known.code))


HANDLERS = (Boards, live_office)
