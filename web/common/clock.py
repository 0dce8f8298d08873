"""The server's time, for countdowns on phones whose clocks are wrong."""

from datetime import datetime

from litestar import get
from msgspec import Struct

from web.common.guards import Now, public


class ClockAnswer(Struct, frozen=True):
    """The present moment."""

    now: datetime


@get("/clock", opt=public("the time is no secret"))
async def tell_time(now: Now) -> ClockAnswer:
    """What a page counts down by."""
    return ClockAnswer(now=now)
