"""The screens of a hall as an administrator has set them up: layout, voices, quiet hours."""

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit, catalog
from services.identity import Role
from services.kernel import database, live
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

NAME_LENGTH = 40
LOUDEST = 100
WRONG_NAME = N_("Please name the screen in 1 to 40 characters.")
WRONG_VOLUME = N_("Please enter a volume from 0 to 100.")
BOTH_ENDS = N_("Please give both the beginning and the end, or neither.")


class Layout(StrEnum):
    """How a screen shows its calls."""

    SPLIT = "split"
    LIST = "list"
    GRID = "grid"
    PORTRAIT = "portrait"


class Voices(StrEnum):
    """What is heard besides the chime."""

    BOTH = "both"
    CHINESE = "chinese"
    ENGLISH = "english"
    CHIME = "chime"


class SaveScreen(Struct, frozen=True, kw_only=True):
    """A screen to be set up. Between the quiet times (local) it makes no sound."""

    office_code: str
    name: str
    layout: Layout = Layout.SPLIT
    voices: Voices = Voices.BOTH
    volume: int = 80
    quiet_from: time | None = None
    quiet_until: time | None = None


class BoardScreen(Struct, frozen=True, kw_only=True):
    """A screen that is set up. `volume` is in per cent."""

    id: UUID
    office_code: str
    name: str
    layout: Layout
    voices: Voices
    volume: int
    quiet_from: time | None
    quiet_until: time | None
    changed_at: datetime


_COLUMNS = "id, office_code, name, layout, voices, volume, quiet_from, quiet_until, changed_at"


async def save_screen(
    actor: Actor, command: SaveScreen, now: datetime, screen_id: UUID | None = None
) -> BoardScreen:
    """Set a screen up, or (`screen_id`) change one.

    Raises ScreenNameTaken, InvalidInput, OfficeUnknown, NotFound, NotSignedIn or Forbidden.
    """
    actor.require_role(Role.ADMINISTRATOR, office_code=command.office_code)
    _check(command)
    await catalog.office(command.office_code)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            INSERT INTO board_screen (id, office_code, name, layout, voices, volume, quiet_from,
                                      quiet_until, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (id) DO UPDATE
               SET name = $3, layout = $4, voices = $5, volume = $6, quiet_from = $7,
                   quiet_until = $8, changed_at = $9
             WHERE board_screen.office_code = $2
            RETURNING {_COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            screen_id or new_id(),
            command.office_code,
            " ".join(command.name.split()),
            command.layout,
            command.voices,
            command.volume,
            command.quiet_from,
            command.quiet_until,
            now,
        )
        if row is None:
            raise NotFound
        saved = _screen(row)
        await _record(actor, "queue.screen_saved", saved, now)
        # The screen that was changed is to look, and finds that it has.
        live.announce(live.office_topic(saved.office_code))
    return saved


async def remove_screen(actor: Actor, screen_id: UUID, now: datetime) -> None:
    """Take a screen down. Raises NotFound, NotSignedIn or Forbidden."""
    found = await board_screen(screen_id)
    actor.require_role(Role.ADMINISTRATOR, office_code=found.office_code)
    async with unit_of_work() as uow:
        if not await uow.execute("DELETE FROM board_screen WHERE id = $1", screen_id):
            raise NotFound
        await _record(actor, "queue.screen_removed", found, now)


async def board_screen(screen_id: UUID) -> BoardScreen:
    """One screen. Raises NotFound."""
    row = await database.fetchrow(
        f"SELECT {_COLUMNS} FROM board_screen WHERE id = $1",  # noqa: S608 - the column list is a constant
        screen_id,
    )
    if row is None:
        raise NotFound
    return _screen(row)


async def board_screens() -> tuple[BoardScreen, ...]:
    """Every screen, by office and name."""
    rows = await database.fetch(f"SELECT {_COLUMNS} FROM board_screen ORDER BY office_code, name")  # noqa: S608 - the column list is a constant
    return tuple(_screen(row) for row in rows)


def _check(command: SaveScreen) -> None:
    wrong = []
    name = " ".join(command.name.split())
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable():
        wrong.append(FieldError("name", "name_malformed", WRONG_NAME))
    if not 0 <= command.volume <= LOUDEST:
        wrong.append(FieldError("volume", "out_of_range", WRONG_VOLUME))
    if (command.quiet_from is None) != (command.quiet_until is None):
        wrong.append(FieldError("quiet_until", "half", BOTH_ENDS))
    if wrong:
        raise InvalidInput(*wrong)


def _screen(row: asyncpg.Record) -> BoardScreen:
    return BoardScreen(
        **{**dict(row), "layout": Layout(row["layout"]), "voices": Voices(row["voices"])}
    )


async def _record(actor: Actor, action: str, screen: BoardScreen, now: datetime) -> None:
    await audit.record(
        actor,
        action,
        subject="screen",
        subject_id=screen.id,
        office_code=screen.office_code,
        now=now,
    )
