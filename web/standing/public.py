"""/booking-rules: all rules in plain words, for anybody, everywhere or at one place."""

from litestar import Response, get
from litestar.params import FromQuery

from services import appointments, catalog
from services.catalog import Line
from web.common.forms import fresh
from web.common.guards import Now, public

ADDRESS = "/booking-rules"


@get(ADDRESS, opt=public("whoever is bound by rules may read them"))
async def show_rules(
    now: Now, *, office: FromQuery[str] = "", line: FromQuery[str] = ""
) -> Response[bytes]:
    """The rules that hold for a line at a hall; without either, those that hold in general."""
    found = await catalog.office(office) if office else None
    shown = next((one for one in Line if one == line), None)
    return fresh(
        "standing/rules.html",
        office=found,
        line=shown,
        left_out=bool(line) and shown is None,
        offices=await catalog.offices(),
        lines=found.lines if found else tuple(Line),
        rule=await appointments.rule_for(found.code if found else None, shown),
        own_rules=len(await appointments.rules_kept()) > 0,
        emergency=await appointments.emergency_at(found.code if found else None, now),
    )


HANDLERS = (show_rules,)
