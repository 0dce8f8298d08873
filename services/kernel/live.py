"""Telling live pages to look again. A message names a topic and carries nothing else."""

from services.kernel.redis import redis
from services.kernel.unit_of_work import current

ALL_OFFICES = "office-*"
"""What `office_topic` makes, as a pattern of Redis."""


def office_topic(office_code: str) -> str:
    """The topic of everything that happens in one office's hall."""
    return f"office-{office_code}"


def announce(topic: str) -> None:
    """After the current unit of work commits, tell every page on `topic` to refetch."""

    async def publish() -> None:
        await redis().publish(topic, b"refetch")

    current().after_commit(publish)
