"""Writing audit records."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current


async def record(
    actor: Actor,
    action: str,
    *,
    subject: str,
    subject_id: UUID | str,
    now: datetime,
    office_code: str | None = None,
    data: Mapping[str, object] | None = None,
) -> UUID:
    """Write that `actor` did `action` (`area.verb`) to a subject, in the current unit of work.

    `data` holds ids, codes and figures, never personal data: records outlive the retention of
    what they speak of. Raises RuntimeError outside of a unit of work.
    """
    record_id = new_id()
    await current().execute(
        """
        INSERT INTO audit_record
               (id, at, actor_kind, actor_id, action, subject, subject_id, office_code, data,
                request_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)
        """,
        record_id,
        now,
        actor.kind,
        actor.id,
        action,
        subject,
        str(subject_id),
        office_code,
        msgspec.json.encode(data or {}).decode(),
        actor.request_id,
    )
    return record_id
