"""What an administrator and the nightly job do to the outbox and the notices."""

from datetime import datetime, timedelta
from uuid import UUID

from services import audit
from services.identity import Role
from services.kernel import outbox
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.unit_of_work import unit_of_work
from services.notices.states import Kind

KEEP_CODE_NOTICES = timedelta(days=30)


async def retry(actor: Actor, event_id: UUID, now: datetime) -> None:
    """Put a dead event back in line, with all its tries before it.

    Raises:
        Forbidden: Not an administrator.
        NotFound: There is no such event.
        Conflict: It is not dead, or not any more.
    """
    actor.require_role(Role.ADMINISTRATOR)
    async with unit_of_work():
        await outbox.revive(event_id, now)
        await audit.record(
            actor, "outbox.retried", subject="outbox_event", subject_id=event_id, now=now
        )


async def retry_all(actor: Actor, topic: str, now: datetime) -> int:
    """Put every dead event of a topic back in line; how many.

    Raises Forbidden, or Conflict when none of the topic is dead, or not any more.
    """
    actor.require_role(Role.ADMINISTRATOR)
    async with unit_of_work():
        count = await outbox.revive_all(topic, now)
        if not count:
            raise Conflict
        await audit.record(
            actor,
            "outbox.all_retried",
            subject="outbox_topic",
            subject_id=topic,
            data={"events": count},
            now=now,
        )
    return count


async def purge(now: datetime) -> int:
    """Delete what is known of sign-in codes sent long ago; the number deleted."""
    async with unit_of_work() as uow:
        return await uow.execute(
            "DELETE FROM notice WHERE kind = $1 AND settled_at < $2",
            Kind.SIGN_IN_CODE,
            now - KEEP_CODE_NOTICES,
        )
