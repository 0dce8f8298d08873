"""Looks that are shared for a moment."""

import asyncio
from datetime import timedelta

import pytest

from services.kernel import database
from services.kernel.errors import NotFound
from services.kernel.glances import MOMENT, Glances
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import NOW

pytestmark = pytest.mark.usefixtures("committed_database")


class Clock:
    """Counts how often it was looked at, and can be out of sight."""

    def __init__(self) -> None:
        self.looks = 0

    async def look(self, key: str, now: object) -> str:
        self.looks += 1
        number = self.looks
        await asyncio.sleep(0.01)
        if key == "away":
            raise NotFound
        return f"{key} {number}"


async def test_a_look_is_shared_for_a_moment_and_no_longer() -> None:
    clock = Clock()
    glances = Glances(clock.look)
    crowd = await asyncio.gather(*(glances.at("hall", NOW) for _ in range(50)))
    # The first came alone; the others asked while it was under way, and share the next look.
    assert crowd == ["hall 1"] * 50 or crowd == ["hall 1"] + ["hall 2"] * 49
    looks = clock.looks
    assert await glances.at("hall", NOW + MOMENT - timedelta(microseconds=1)) == crowd[-1]
    assert await glances.at("hall", NOW + MOMENT) == f"hall {looks + 1}"
    assert await glances.at("hall", NOW) == f"hall {looks + 2}"


async def test_what_this_process_commits_is_seen_at_once() -> None:
    clock = Clock()
    glances = Glances(clock.look)
    assert await glances.at("hall", NOW) == "hall 1"
    async with unit_of_work() as uow:
        await uow.fetchval("SELECT 1")
        # Inside, one sees for oneself.
        assert await glances.at("hall", NOW) == "hall 2"
    assert await glances.at("hall", NOW) == "hall 3"


async def test_a_look_from_before_a_commit_is_not_kept_for_after_it() -> None:
    clock = Clock()
    glances = Glances(clock.look)
    looking = asyncio.create_task(glances.at("hall", NOW))
    await asyncio.sleep(0.005)
    before = database.commits()
    async with unit_of_work() as uow:
        await uow.fetchval("SELECT 1")
    assert database.commits() > before
    assert await glances.at("hall", NOW) == "hall 2"
    assert await looking == "hall 1"


async def test_each_hears_of_their_own_key() -> None:
    glances = Glances(Clock().look)
    away, hall = await asyncio.gather(
        glances.at("away", NOW), glances.at("hall", NOW), return_exceptions=True
    )
    assert isinstance(away, NotFound)
    assert isinstance(hall, str)
