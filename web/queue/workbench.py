"""What the workbench's pages and acts share: its window, its context, its answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from litestar.params import FromPath
from markupsafe import Markup
from msgspec import Struct

from services import catalog, queue
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, NotFound
from services.kernel.settings import settings
from services.kernel.translations import Language, translate
from web.common.preferences import preferences
from web.common.qr import qr_svg
from web.common.rendering import AnyRequest
from web.queue.coalesced import Coalesced
from web.queue.reasons import reasons
from web.queue.rows import waiting_rows
from web.queue.words import CHOSEN_REASONS, OUTCOMES, PAUSE_REASONS, PRIORITIES, UNDO

BREAK_MINUTES = (5, 10, 15, 30, 60, 90)


class View(Struct, frozen=True, kw_only=True):
    """What the workbench's templates show, besides what came of the last act."""

    bench: queue.Workbench
    address: str
    items: Mapping[str, catalog.Item]
    priorities: Mapping[queue.Priority, str]
    most_calls: int
    most_counted: int
    reasons: Mapping[str, str]
    outcomes: Mapping[queue.Outcome, str]
    chosen_reasons: Mapping[queue.ChosenReason, str]
    pause_reasons: Mapping[queue.PauseReason, str]
    break_reasons: Mapping[queue.PauseReason, str]
    break_minutes: tuple[int, ...]
    longest_note: int
    parked_long: timedelta
    undo: str | None

    def rows(self, language: Language, now: datetime) -> Markup:
        """The waiting list."""
        titles = {code: item.title[language] for code, item in self.items.items()}
        return waiting_rows(self.bench, titles, language, now)


class Slip(Struct, frozen=True):
    """A ticket just given out, and the code with which a phone follows it."""

    ticket: queue.Ticket
    code: Markup


# A call makes every desk of the hall look again at once.
_windows: Coalesced[tuple[catalog.Window, ...]] = Coalesced()
_floors: Coalesced[queue.Floor] = Coalesced()


async def find_window(office: FromPath[str], number: FromPath[int]) -> catalog.Window:
    """The window with this number. Raises WindowUnknown or OfficeUnknown."""
    for window in await _windows.get(office, partial(catalog.office_windows, office)):
        if window.number == number:
            return window
    raise catalog.WindowUnknown


def address(window: catalog.Window) -> str:
    """The workbench's page."""
    return f"/desk/{window.office_code}/windows/{window.number}"


def slip_of(ticket: queue.Ticket) -> Slip:
    """A ticket with the code of its page."""
    return Slip(ticket, qr_svg(f"{settings().base_url}/ticket/{ticket.id}"))


async def find_slip(office_code: str, given: str | None) -> Slip | None:
    """The slip that an address names, if it is one of this office."""
    try:
        found = await queue.ticket(UUID(given)) if given else None
    except (NotFound, ValueError):
        return None
    return slip_of(found) if found is not None and found.office_code == office_code else None


async def view(actor: Actor, window: catalog.Window, now: datetime) -> View:
    """What the workbench shows now."""
    code = window.office_code
    bench = await queue.workbench(
        actor, window.id, now, await _floors.get(code, partial(queue.floor, code, now))
    )
    return View(
        bench=bench,
        address=address(window),
        items={item.code: item for item in await catalog.items()},
        priorities=PRIORITIES,
        most_calls=queue.MOST_CALLS,
        most_counted=queue.MOST_COUNTED,
        reasons=reasons(bench),
        outcomes={one: OUTCOMES[one] for one in queue.Outcome.chosen()},
        break_reasons={one: PAUSE_REASONS[one] for one in queue.PauseReason.breaks()},
        chosen_reasons=CHOSEN_REASONS,
        pause_reasons=PAUSE_REASONS,
        break_minutes=BREAK_MINUTES,
        longest_note=queue.LONGEST_NOTE,
        parked_long=queue.PARKED_LONG,
        undo=UNDO[bench.undoable.act] if bench.undoable else None,
    )


def sentence(request: AnyRequest, refusal: DomainError) -> str:
    """A refusal in the clerk's language."""
    return translate(refusal.message, preferences(request.scope).language, **refusal.data)
