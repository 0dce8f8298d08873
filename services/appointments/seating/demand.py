"""How many people found no place: counted by slot, and nobody's name with it.

A refusal undoes its transaction, and a rush refuses thousands in a second. So refusals gather in
the process, and the web server writes them down every few seconds in one statement; what a killed
process had not written yet is lost, which a statistic can bear. One person counts once a slot:
Redis remembers a keyed digest of the two for a week, PostgreSQL keeps only the number.
"""

from collections import Counter
from uuid import UUID

from redis.exceptions import RedisError

from services.kernel.crypto import keyring
from services.kernel.redis import redis
from services.kernel.unit_of_work import unit_of_work

REMEMBERED_SECONDS = 7 * 86_400
# While the database is away the newest beyond this are forgotten, rather than memory filled.
MOST_GATHERED = 20_000

Wish = tuple[UUID, UUID]

_gathered: set[Wish] = set()


def found_full(slot_id: UUID, person_id: UUID) -> None:
    """Note that somebody wanted a seat in a slot and there was none."""
    if len(_gathered) < MOST_GATHERED:
        _gathered.add((slot_id, person_id))


async def write_demand() -> int:
    """Write down what has gathered; the number of wishes that had not been counted before."""
    wishes = sorted(_gathered)
    _gathered.clear()
    new = Counter(slot_id for slot_id, _ in await _not_counted(wishes)) if wishes else Counter()
    if not new:
        return 0
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO unmet_demand (slot_id, people)
            SELECT slot.id, wish.people FROM unnest($1::uuid[], $2::int[]) wish (slot_id, people)
              JOIN slot ON slot.id = wish.slot_id
                ON CONFLICT (slot_id) DO UPDATE SET people = unmet_demand.people + excluded.people
            """,
            sorted(new),
            [new[slot_id] for slot_id in sorted(new)],
        )
    return new.total()


async def _not_counted(wishes: list[Wish]) -> list[Wish]:
    try:
        async with redis().pipeline(transaction=False) as pipe:
            for slot_id, person_id in wishes:
                digest = keyring().blind_index("unmet_demand", f"{slot_id}:{person_id}").hex()[:32]
                pipe.set(f"unmet:{digest}", 1, nx=True, ex=REMEMBERED_SECONDS)
            answers = await pipe.execute()
    except RedisError:  # counting somebody twice is better than not at all
        return wishes
    return [wish for wish, is_new in zip(wishes, answers, strict=True) if is_new]
