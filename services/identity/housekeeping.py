"""Forgetting what is over. The worker's sweep calls this."""

from datetime import datetime, timedelta

from services.identity.answers import ANSWER_LIFETIME
from services.identity.rules import KEEP_SPENT_CODES
from services.kernel.unit_of_work import unit_of_work

KEEP_ENDED_SESSIONS = timedelta(days=30)
KEEP_ENDED_TOKENS = timedelta(days=30)


async def purge(now: datetime) -> int:
    """Delete spent and expired codes, ended sessions and tokens, and old answers; how many."""
    deleted = 0
    async with unit_of_work() as uow:
        deleted += await uow.execute(
            "DELETE FROM sign_in_code WHERE expires_at < $1", now - KEEP_SPENT_CODES
        )
        deleted += await uow.execute(
            "DELETE FROM sign_in_session WHERE ends_at < $1", now - KEEP_ENDED_SESSIONS
        )
        deleted += await uow.execute(
            "DELETE FROM api_token WHERE expires_at < $1", now - KEEP_ENDED_TOKENS
        )
        deleted += await uow.execute(
            "DELETE FROM idempotent_answer WHERE created_at < $1", now - ANSWER_LIFETIME
        )
    return deleted
