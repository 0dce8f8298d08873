"""What people thought of their visits: many good grades, and complaints at three stages."""

from datetime import datetime, timedelta
from uuid import UUID

from banshi.demo.identity import HALL
from services import identity, ratings
from services.kernel.actor import ANONYMOUS, Actor, ActorKind
from services.kernel.database import fetch, fetchval
from services.ratings import CallOutcome, Grade, Rate

MOST = 60
GRADES = (5, 5, 4, 5, 4, 5, 3, 5, 4, 5, 5, 4)
LOW = (
    (Grade.DISSATISFIED, "等候时间太长，叫号也没有听清。"),
    (Grade.VERY_DISSATISFIED, "材料说明不清楚，跑了两趟。"),
    (Grade.DISSATISFIED, "窗口人员态度生硬。"),
)


async def seed(now: datetime) -> None:
    """Rate finished visits, unless there are ratings already."""
    if await fetchval("SELECT EXISTS (SELECT FROM rating)"):
        return
    rows = await fetch(
        """
        SELECT id, ended_at, person_id IS NOT NULL AS named FROM ticket
         WHERE office_code = $1 AND status = 'finished' AND ended_at > $2
         ORDER BY person_id IS NULL, ended_at DESC LIMIT $3
        """,
        HALL,
        now - ratings.RATE_WITHIN,
        MOST,
    )
    for place, row in enumerate(rows):
        moment = min(row["ended_at"] + timedelta(minutes=3), now)
        low = LOW[place] if place < len(LOW) else (Grade(GRADES[place % len(GRADES)]), "")
        command = Rate(
            ticket_id=row["id"],
            grade=low[0],
            comment=low[1],
            anonymous=place == len(LOW) - 1,
        )
        await ratings.rate(ANONYMOUS, command, moment)
    if len(rows) >= len(LOW):
        await _work_on(rows[1]["id"], rows[2]["id"], now)


async def _work_on(answered: UUID, appealed: UUID, now: datetime) -> None:
    """The first complaint stays open; one is answered, one is appealed."""
    member = await identity.staff_by_username("supervisor")
    supervisor = Actor(kind=ActorKind.STAFF, id=member.id, roles=member.roles)
    for ticket_id in (answered, appealed):
        rating = await ratings.rating_of(ticket_id)
        if rating is None or rating.complaint is None:
            continue
        key = rating.complaint.id
        if rating.person_id is not None:
            await ratings.call_back(supervisor, key, CallOutcome.REACHED, "已致歉并说明", now)
        await ratings.answer(supervisor, key, "感谢反映，材料清单已更新并张贴在窗口。", now)
    await ratings.appeal(ANONYMOUS, appealed, "答复没有针对我的问题。", now)
