"""The API held to its own description: whatever is sent, the answer is one that it names.

Schemathesis makes up requests from the OpenAPI document, right ones and wrong ones, the same in
every run. Each runs in a savepoint of its own, as nobody and as a citizen whose slot, hold and
appointment some of the requests ask for.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, TypeAlias

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from hypothesis.errors import Unsatisfiable
from msgspec import Struct, structs
from redis.asyncio import Redis
from requests import Request
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from services import identity, partners
from services.kernel.clock import FixedClock
from services.kernel.settings import settings
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, OFFICE, OTHER_ITEM, TOMORROW, booked, held, named, open_hall, slots
from tests.conftest import RollBackError
from tests.partners import ADMINISTRATOR, acting, booked_by, new_endpoint, new_key, new_partner
from web.api.document import document
from web.app import create_app
from web.common.authentication import PARTNERS

EXAMPLES: Final = 8
CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
DOCUMENT: Final = document(create_app(settings()))
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
RequestCase: TypeAlias = Case[Operation]

OPERATIONS: Final[Mapping[str, Operation]] = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
    if isinstance(found, Ok)
}


class Known(Struct):
    """What is really there, by the names under which requests ask for it."""

    token: str
    reference: str
    hold_id: str
    slot_id: str
    token_id: str
    partner_key: str
    person_id: str
    endpoint_id: str
    delivery_id: str
    partner_reference: str
    item: str = ITEM
    office: str = OFFICE


def made_up(operation: Operation, mode: GenerationMode) -> list[RequestCase]:
    """The same few requests in every run; none where nothing can be wrong."""
    found: list[RequestCase] = []

    @bounded(
        derandomize=True,
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case: RequestCase) -> None:
        found.append(case)

    with suppress(Unsatisfiable):
        draw()
    return found


def pointed(case: RequestCase, known: Known) -> RequestCase:
    """The same request for what is really there."""
    there = structs.asdict(known) | {
        "code": known.office if "/offices" in case.path else known.item,
        "phone": "13900000001",
        "from": TOMORROW.isoformat(),
        "to": TOMORROW.isoformat(),
    }
    if case.path.startswith(PARTNERS):
        there["reference"] = known.partner_reference
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: there[name] for name in set(place) & set(there)})
    return case


def request_of(case: RequestCase, token: str | None) -> httpx.Request:
    """Exactly what Schemathesis would send itself."""
    prepared = Request(**case.as_transport_kwargs(base_url="http://hall.test")).prepare()
    headers = {name: str(value) for name, value in prepared.headers.items()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    assert prepared.body is None or isinstance(prepared.body, str | bytes)
    return httpx.Request(
        str(prepared.method), str(prepared.url), headers=headers, content=prepared.body
    )


def documented_code(case: RequestCase, answer: httpx.Response) -> None:
    """A problem's code is among those that the operation names for its status."""
    responses: dict[str, Any] = DOCUMENT["paths"][case.path][case.method.lower()]["responses"]
    [content] = responses[str(answer.status_code)]["content"].values()
    assert answer.json()["code"] in content["examples"], f"{case.operation.label}: {answer.text}"


@pytest.fixture
async def known(catalogue: object, redis: Redis, clock: FixedClock) -> Known:
    """A citizen with a name, an appointment, a hold for something else and a time to move to."""
    await open_hall()
    citizen = await named()
    [first, second] = await slots()
    [elsewhere, _] = await slots(TOMORROW + timedelta(days=1))
    token = await identity.create_token(citizen, "schema", clock.now())
    partner_id = await new_partner()
    made = await booked_by(acting(partner_id))
    endpoint = await new_endpoint(partner_id, "http://127.0.0.1:65535/hook")
    return Known(
        token=token.token,
        token_id=str(token.id),
        reference=(await booked(citizen, first.id)).reference,
        hold_id=str((await held(citizen, elsewhere.id, item_code=OTHER_ITEM)).id),
        slot_id=str(second.id),
        partner_key=await new_key(partner_id),
        person_id=str(made.person_id),
        endpoint_id=str(endpoint.endpoint_id),
        delivery_id=str(await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())),
        partner_reference=made.appointment.reference,
    )


@pytest.mark.parametrize("label", OPERATIONS)
async def test_every_answer_is_as_described(
    client: httpx.AsyncClient, redis: Redis, known: Known, label: str
) -> None:
    operation = OPERATIONS[label]
    wrong = made_up(operation, GenerationMode.NEGATIVE)
    right = made_up(operation, GenerationMode.POSITIVE)
    there = [pointed(case, known) for case in made_up(operation, GenerationMode.POSITIVE)]
    for case in (*wrong, *right, *there):
        of_partner = case.path.startswith(PARTNERS)
        for token in (None, known.partner_key if of_partner else known.token):
            await redis.flushall()
            with suppress(RollBackError):
                async with unit_of_work():
                    answer = await client.send(request_of(case, token))
                    raise RollBackError
            case.validate_response(answer, checks=CHECKS)
            if answer.is_error:
                documented_code(case, answer)
