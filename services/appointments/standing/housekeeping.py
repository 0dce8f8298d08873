"""Forgetting what counted against people. The worker's sweep calls this."""

from datetime import datetime, timedelta

from services.appointments.rulebook.ranges import RANGES
from services.kernel.unit_of_work import unit_of_work

# No rule can count further back, however it is set. The rest is a month for who looks back at it.
LONGEST_WINDOW = timedelta(days=max(RANGES["no_shows_days"][1], RANGES["cancellations_days"][1]))
KEEP_STRIKES = LONGEST_WINDOW + timedelta(days=30)


async def purge(now: datetime) -> int:
    """Delete the strikes that no rule can count any more; how many.

    What led to a penalty stays while that runs, and while an appeal against it is open: whoever
    answers has to see it. Locks the strikes that nobody else is changing.
    """
    async with unit_of_work() as uow:
        return await uow.execute(
            """
            WITH old AS (
                SELECT strike.id FROM booking_strike strike
                 WHERE strike.struck_at < $1
                   AND NOT EXISTS (
                       SELECT FROM booking_penalty penalty
                        WHERE penalty.id = strike.penalty_id
                          AND (penalty.lifted_at IS NULL AND penalty.blocked_until > $2
                               OR EXISTS (SELECT FROM booking_appeal appeal
                                           WHERE appeal.penalty_id = penalty.id
                                             AND appeal.status = 'open')))
                   FOR UPDATE OF strike SKIP LOCKED)
            DELETE FROM booking_strike USING old WHERE booking_strike.id = old.id
            """,
            now - KEEP_STRIKES,
            now,
        )
