"""Writing audit records."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current


class Record(Struct, frozen=True, kw_only=True):
    """That `actor` did `action` (`area.verb`) to a subject.

    `data` holds ids, codes and figures, never personal data: records outlive the retention of
    what they speak of.
    """

    actor: Actor
    action: str
    subject: str
    subject_id: UUID | str
    at: datetime
    office_code: str | None = None
    data: Mapping[str, object] = {}


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
    """Write one `Record` in the current unit of work; its key.

    Raises RuntimeError outside of a unit of work.
    """
    [record_id] = await record_all(
        [
            Record(
                actor=actor,
                action=action,
                subject=subject,
                subject_id=subject_id,
                at=now,
                office_code=office_code,
                data=data or {},
            )
        ]
    )
    return record_id


async def record_all(records: Iterable[Record]) -> list[UUID]:
    """Write several at once, as `record`; their keys, in order."""
    rows = [
        (
            new_id(),
            one.at,
            one.actor.kind,
            one.actor.id,
            one.action,
            one.subject,
            str(one.subject_id),
            one.office_code,
            msgspec.json.encode(one.data).decode(),
            one.actor.request_id,
        )
        for one in records
    ]
    await current().execute(
        """
        INSERT INTO audit_record
               (id, at, actor_kind, actor_id, action, subject, subject_id, office_code, data,
                request_id)
        SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[],
                             $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::text[])
        """,
        *([row[column] for row in rows] for column in range(10)),
    )
    return [row[0] for row in rows]
