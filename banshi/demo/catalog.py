"""The release's own items and offices: nothing about them is made up for the demonstration."""

from datetime import datetime

from services import catalog


async def seed(now: datetime) -> None:
    """Bring the catalogue's files into the database."""
    await catalog.sync(now)
