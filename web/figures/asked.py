"""Which hall and which days are asked for."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from litestar.params import QueryParameter
from msgspec import Struct

from services import catalog, queue
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, Forbidden, InvalidInput
from services.kernel.i18n import N_
from web.common.guards import CurrentActor, Now

PATH = "/staff/figures"
USUAL_DAYS = 28
PERIODS = (7, 28, 91)
WRONG_DAY = N_("Please write the day as 2026-11-24.")

Typed = Annotated[str, QueryParameter(max_length=40)]


class Asked(Struct, frozen=True, kw_only=True):
    """The form as it was filled in: an office's code and two days, each perhaps empty."""

    office: str
    first: str
    last: str
    today: date

    def span(self) -> queue.Span:
        """What to count. Raises InvalidInput that names the fields that are wrong."""
        usual_first, usual_last = queue.last_days(self.today, USUAL_DAYS)
        errors: list[FieldError] = []
        first = _day("first", self.first, usual_first, errors)
        last = _day("last", self.last, usual_last, errors)
        if errors:
            raise InvalidInput(*errors)
        span = queue.Span(office_code=self.office, first=first, last=last)
        span.check()
        return span

    def address(self, suffix: str = "", *, days: int | None = None) -> str:
        """The address of this, or of the last `days` days at the same hall."""
        first, last = self.first, self.last
        if days is not None:
            first, last = (day.isoformat() for day in queue.last_days(self.today, days))
        parts = {"office": self.office, "first": first, "last": last}
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{PATH}{suffix}?{query}"

    def covers(self, days: int) -> bool:
        """Whether it asks for the last `days` days."""
        first, last = queue.last_days(self.today, days)
        usual = days == USUAL_DAYS and not self.first and not self.last
        return usual or (self.first, self.last) == (first.isoformat(), last.isoformat())


def _day(field: str, typed: str, usual: date, errors: list[FieldError]) -> date:
    try:
        return date.fromisoformat(typed) if typed else usual
    except ValueError:
        errors.append(FieldError(field, "day_malformed", WRONG_DAY))
        return usual


async def own_offices(actor: Actor) -> list[catalog.Office]:
    """The halls whose figures the actor may see. Raises Forbidden without any."""
    own = [
        office
        for office in await catalog.offices()
        if actor.has_role(*queue.FIGURE_ROLES, office_code=office.code)
    ]
    if not own:
        raise Forbidden
    return own


async def asked(
    actor: CurrentActor, now: Now, office: Typed = "", first: Typed = "", last: Typed = ""
) -> Asked:
    """The query's fields; the first hall of one's own where none is named."""
    code = office.strip() or (await own_offices(actor))[0].code
    return Asked(office=code, first=first.strip(), last=last.strip(), today=local_date(now))
