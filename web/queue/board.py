"""The hall's screen. Public: numbers and windows, and nobody's name."""

from collections.abc import Mapping
from datetime import datetime, time
from functools import partial as bind
from uuid import UUID

from litestar import Controller, MediaType, Response, get
from litestar.channels import ChannelsPlugin
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import ServerSentEvent
from msgspec import Struct

from services import catalog, queue
from services.kernel import live
from services.kernel.errors import NotFound
from services.kernel.translations import Language
from services.queue import Layout, Voices
from web.common.guards import Now, public
from web.common.live import live_stream
from web.common.preferences import preferences
from web.common.rendering import AnyRequest, Page, page, render
from web.queue.coalesced import Coalesced
from web.queue.spoken import spoken_call

ANYONE = public("the hall's screen shows numbers and windows, which everyone in the hall sees")


class Screen(Struct, frozen=True):
    """One office's screen, and what the voices say for each call, by language."""

    office: catalog.Office
    windows: tuple[catalog.Window, ...]
    board: queue.Board
    spoken: Mapping[UUID, Mapping[Language, str]]

    def at(self, window: int) -> queue.Call | None:
        """The number that a window is busy with."""
        busy = (*self.board.calling, *self.board.serving)
        return next((call for call in busy if call.window == window), None)

    def marks(self, call: queue.Call) -> Mapping[str, str]:
        """What the screen's script reads from a number that is being called: when to say what."""
        spoken = self.spoken.get(call.ticket_id)
        if spoken is None:
            return {}
        return {
            "data-call": f"{call.ticket_id}:{call.count}",
            "data-say-zh": spoken[Language.CHINESE],
            "data-say-en": spoken[Language.ENGLISH],
        }


class Looks(Struct, frozen=True, kw_only=True):
    """How this screen shows and sounds: as it was set up (`saved`), or as its address says.

    A screen that shows what was set up before `changed` loads itself again.
    """

    layout: Layout = Layout.SPLIT
    voices: Voices = Voices.BOTH
    volume: int = 80
    quiet_from: time | None = None
    quiet_until: time | None = None
    saved: UUID | None = None
    changed: str = ""


_screens: Coalesced[Screen] = Coalesced()
_fragments: Coalesced[bytes] = Coalesced()
_saved: Coalesced[queue.BoardScreen] = Coalesced()


async def _read(office_code: str, now: datetime) -> Screen:
    office = await catalog.office(office_code)
    board = await queue.board(office_code, now)
    spoken = {
        call.ticket_id: {
            language: spoken_call(call.number, call.window, language) for language in Language
        }
        for call in board.calling
    }
    return Screen(office, await catalog.office_windows(office_code), board, spoken)


async def _fragment(office_code: str, now: datetime, looks: Looks, language: Language) -> bytes:
    shown = await _screens.get(office_code, bind(_read, office_code, now))
    context = {"screen": shown, "layout": looks.layout, "looks": looks}
    return render("board/now.html", language, context).encode()


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
    async def screen(
        self,
        office: FromPath[str],
        now: Now,
        layout: FromQuery[str | None] = None,
        screen: FromQuery[str | None] = None,
    ) -> Page:
        """The whole screen; `screen` is the key of one that an administrator has set up."""
        shown = await _screens.get(office, bind(_read, office, now))
        looks = await _looks(office, layout, screen)
        return page("board/screen.html", screen=shown, looks=looks, layout=looks.layout)

    @get("/{office:str}/now")
    async def screen_now(
        self,
        request: AnyRequest,
        office: FromPath[str],
        now: Now,
        layout: FromQuery[str | None] = None,
        screen: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """The part of the screen that changes, for htmx: rendered once for all that look alike."""
        language, looks = preferences(request.scope).language, await _looks(office, layout, screen)
        content = await _fragments.get(
            f"{office} {looks.layout} {looks.changed} {language}",
            bind(_fragment, office, now, looks, language),
        )
        headers = {"Vary": "HX-Request", "Content-Language": language.tag}
        return Response(content, media_type=MediaType.HTML, headers=headers)


def _layout(name: str | None) -> Layout:
    return next((layout for layout in Layout if layout == name), Layout.SPLIT)


async def _looks(office_code: str, layout: str | None, screen: str | None) -> Looks:
    looks = Looks(layout=_layout(layout))
    if screen:
        try:
            key = UUID(screen)
            saved = await _saved.get(str(key), bind(queue.board_screen, key))
        except ValueError as error:
            raise NotFound from error
        if saved.office_code != office_code:
            raise NotFound
        looks = Looks(
            layout=saved.layout,
            voices=saved.voices,
            volume=saved.volume,
            quiet_from=saved.quiet_from,
            quiet_until=saved.quiet_until,
            saved=saved.id,
            changed=saved.changed_at.isoformat(),
        )
    return looks


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
