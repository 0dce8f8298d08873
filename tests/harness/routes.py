"""The application's routes as a test goes through them, with something real in every address."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.params import BodyKwarg
from litestar.routes import HTTPRoute
from msgspec import Struct

from services.kernel import database
from tests.bookings import ITEM, OFFICE
from web.common.guards import Citizen, Partner, Staff
from web.common.sessions import API

_PLACE: Final = re.compile(r"\{(?P<name>\w+):(?P<type>\w+)\}")
# What stands for a place in an address: the query that finds one; $1 is the citizen.
SAMPLES: Final[Mapping[str, str]] = {
    "office": f"SELECT '{OFFICE}'",
    "number": "SELECT '1'",
    "act": "SELECT 'recall'",
    "line": "SELECT 'household'",
    "complaint_id": "SELECT id FROM complaint ORDER BY id LIMIT 1",
    "invitation": "SELECT 'none'",
    "screen_id": "SELECT id FROM board_screen ORDER BY id LIMIT 1",
    "kiosk_id": "SELECT id FROM kiosk ORDER BY id DESC LIMIT 1",
    "reference": (
        "SELECT reference FROM appointment WHERE person_id = $1 AND status = 'booked' LIMIT 1"
    ),
    "entry_id": "SELECT id FROM waitlist_entry WHERE person_id = $1 LIMIT 1",
    "day": "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date + 1",
    "schedule_id": f"SELECT id FROM schedule WHERE office_code = '{OFFICE}' ORDER BY id LIMIT 1",
    "hold_id": (
        "SELECT id FROM hold WHERE person_id = $1 AND status = 'active'"
        " AND item_code NOT IN (SELECT item_code FROM group_draft WHERE organiser_id = $1) LIMIT 1"
    ),
    "group_hold_id": (
        "SELECT hold.id FROM hold JOIN group_draft USING (item_code)"
        " WHERE person_id = $1 AND organiser_id = $1 AND status = 'active' LIMIT 1"
    ),
    "firm_id": "SELECT id FROM firm_agent WHERE person_id = $1 LIMIT 1",
    "draft_id": "SELECT id FROM group_draft WHERE organiser_id = $1 LIMIT 1",
    "party_id": "SELECT id FROM party WHERE organiser_id = $1 LIMIT 1",
    "kind": "SELECT 'csv'",
    "token_id": "SELECT id FROM api_token WHERE person_id = $1 AND revoked_at IS NULL LIMIT 1",
    "session_id": "SELECT id FROM sign_in_session WHERE person_id = $1 LIMIT 1",
    "person_id": "SELECT $1::uuid",
    "citizen_id": "SELECT $1::uuid",
    "ticket_id": "SELECT id FROM ticket ORDER BY id DESC LIMIT 1",
    "partner_id": "SELECT id FROM partner ORDER BY id DESC LIMIT 1",
    "permit_id": "SELECT id FROM partner_person WHERE person_id = $1 LIMIT 1",
    "key_id": "SELECT id FROM partner_key ORDER BY id DESC LIMIT 1",
    "endpoint_id": "SELECT id FROM webhook_endpoint ORDER BY id DESC LIMIT 1",
    "delivery_id": "SELECT id FROM webhook_delivery ORDER BY id DESC LIMIT 1",
    "appeal_id": "SELECT id FROM booking_appeal ORDER BY id LIMIT 1",
    "emergency_id": "SELECT id FROM booking_emergency ORDER BY id LIMIT 1",
    "event_id": "SELECT id FROM outbox_event ORDER BY id LIMIT 1",
}
# The code of an office and that of an item are both called that.
CODES: Final = {"offices": OFFICE, "items": ITEM}
ELSEWHERE: Final = ("/assets/", "/api/schema")

Samples = Mapping[str, str]


class Route(Struct, frozen=True):
    """One method of one path of ours."""

    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def label(self) -> str:
        """As a failure names it."""
        return f"{self.method} {self.path}"

    @property
    def of_api(self) -> bool:
        """Whether programs ask for it, and are answered with problems."""
        return self.path.startswith(API)

    @property
    def places(self) -> list[str]:
        """The names of the places in its path."""
        return [found["name"] for found in _PLACE.finditer(self.path)]

    @property
    def takes(self) -> str | None:
        """The format of its body; None if it has none."""
        data = self.handler.parsed_data_field
        kind = data.kwarg_definition if data is not None else None
        return RequestEncodingType(kind.media_type).value if isinstance(kind, BodyKwarg) else None

    @property
    def guard(self) -> Citizen | Staff | Partner | None:
        """Who may ask for it; None for anybody."""
        guards = self.handler.resolve_guards()
        kinds = Citizen | Staff | Partner
        return next((guard for guard in guards if isinstance(guard, kinds)), None)

    def address(self, samples: Samples, instead: str | None = None) -> str:
        """Its path with a sample in each place, or `instead` in the last one."""

        def fill(found: re.Match[str]) -> str:
            name = found["name"]
            if instead is not None and name == self.places[-1]:
                return instead
            if name == "code":
                return CODES[self.path.split("/")[-2]]
            return samples[name]

        return _PLACE.sub(fill, self.path)


def routes(app: Litestar) -> Iterator[Route]:
    """Every route but files, Litestar's own pages and OPTIONS."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(ELSEWHERE):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield Route(method, route.path, handler)


async def samples(person_id: UUID, **more: str) -> Samples:
    """Something for every place, and `more`. Raises AssertionError naming what is not there."""
    found = {
        name: await database.fetchval(sql, *([person_id] if "$1" in sql else []))
        for name, sql in SAMPLES.items()
    }
    missing = [name for name, value in found.items() if value is None]
    assert not missing, f"nothing there for {missing}"
    return {name: str(value) for name, value in found.items()} | more
