"""A platform's own webhooks, for programs; /admin/partners does the same by hand."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from services import partners
from services.kernel.actor import Actor
from services.kernel.errors import Conflict, Forbidden, NotFound
from services.kernel.i18n import N_
from services.partners import (
    AddEndpoint,
    EndpointDisabled,
    EndpointExists,
    EndpointUnknown,
    Scope,
    TooManyEndpoints,
)
from web.api.openapi import WITH_KEY
from web.api.problem_docs import problems
from web.common.guards import CurrentActor, Now, partner
from web.common.idempotency import idempotent
from web.common.pagination import (
    DEFAULT_LIMIT,
    AfterCursor,
    Listing,
    PageLimit,
    key_position,
    listing,
)
from web.common.rendering import AnyRequest
from web.partners.answers import (
    DeliveryAnswer,
    EndpointAnswer,
    EndpointRequest,
    SecretAnswer,
    delivery_answer,
    endpoint_answer,
)

MANAGING = [partner(Scope.WEBHOOKS_MANAGE)]
EndpointId = Annotated[UUID, PathParameter(description=N_("The id of one of your endpoints."))]
DeliveryId = Annotated[UUID, PathParameter(description=N_("The id of a message."))]


@get(
    "/partner/webhooks",
    guards=MANAGING,
    security=WITH_KEY,
    tags=["webhooks"],
    summary=N_("List your endpoints"),
    operation_id="list_webhooks",
    responses=problems(Forbidden, limited=True),
)
async def list_endpoints(actor: CurrentActor) -> list[EndpointAnswer]:
    """All of them, and why one is switched off if it is."""
    return [endpoint_answer(one) for one in await partners.endpoints(actor, _own(actor))]


@post(
    "/partner/webhooks",
    guards=MANAGING,
    security=WITH_KEY,
    tags=["webhooks"],
    summary=N_("Add an endpoint"),
    operation_id="add_webhook",
    responses=problems(EndpointExists, TooManyEndpoints, Forbidden, limited=True),
)
async def add(data: JSONBody[EndpointRequest], actor: CurrentActor, now: Now) -> SecretAnswer:
    """The secret is told this once. The same address a second time is refused."""
    command = AddEndpoint(partner_id=_own(actor), url=data.url, event_types=data.event_types)
    made = await partners.add_endpoint(actor, command, now)
    return SecretAnswer(id=made.endpoint_id, secret=made.secret)


@post(
    "/partner/webhooks/{endpoint_id:uuid}/secret",
    guards=MANAGING,
    security=WITH_KEY,
    tags=["webhooks"],
    summary=N_("Change an endpoint's secret"),
    operation_id="rotate_webhook_secret",
    responses=problems(EndpointUnknown, NotFound, Forbidden, limited=True, repeatable=True),
)
@idempotent
async def rotate(
    request: AnyRequest, endpoint_id: EndpointId, actor: CurrentActor, now: Now
) -> SecretAnswer:
    """For a day, messages are signed with the old one as well."""
    del request
    made = await partners.rotate_secret(actor, endpoint_id, now)
    return SecretAnswer(id=made.endpoint_id, secret=made.secret)


@post(
    "/partner/webhooks/{endpoint_id:uuid}/test",
    guards=MANAGING,
    security=WITH_KEY,
    status_code=202,
    tags=["webhooks"],
    summary=N_("Send a test"),
    operation_id="send_webhook_test",
    responses=problems(
        EndpointUnknown, NotFound, EndpointDisabled, Forbidden, limited=True, repeatable=True
    ),
)
@idempotent
async def send_test(
    request: AnyRequest, endpoint_id: EndpointId, actor: CurrentActor, now: Now
) -> None:
    """A message of the type webhook.test, without data."""
    del request
    await partners.send_test(actor, endpoint_id, now)


@delete(
    "/partner/webhooks/{endpoint_id:uuid}",
    guards=MANAGING,
    security=WITH_KEY,
    tags=["webhooks"],
    summary=N_("Remove an endpoint"),
    operation_id="remove_webhook",
    responses=problems(EndpointUnknown, NotFound, Forbidden, limited=True),
)
async def remove(endpoint_id: EndpointId, actor: CurrentActor, now: Now) -> None:
    """Nothing is sent there any more."""
    await partners.remove_endpoint(actor, endpoint_id, now)


@get(
    "/partner/deliveries",
    guards=MANAGING,
    security=WITH_KEY,
    tags=["webhooks"],
    summary=N_("List messages"),
    operation_id="list_webhook_deliveries",
    responses=problems(Forbidden, limited=True),
)
async def list_deliveries(
    actor: CurrentActor, cursor: AfterCursor = None, limit: PageLimit = DEFAULT_LIMIT
) -> Listing[DeliveryAnswer]:
    """Those of the last 30 days, newest first."""
    found = await partners.deliveries(
        actor, _own(actor), before=key_position(cursor), limit=limit + 1
    )
    shown = listing(found, limit, keys=[(str(one.id),) for one in found])
    return Listing([delivery_answer(one) for one in shown.items], shown.next_cursor)


@post(
    "/partner/deliveries/{delivery_id:uuid}/replay",
    guards=MANAGING,
    security=WITH_KEY,
    status_code=202,
    tags=["webhooks"],
    summary=N_("Send a message again"),
    operation_id="replay_webhook_delivery",
    responses=problems(
        NotFound,
        EndpointUnknown,
        EndpointDisabled,
        Conflict,
        Forbidden,
        limited=True,
        repeatable=True,
    ),
)
@idempotent
async def replay(
    request: AnyRequest, delivery_id: DeliveryId, actor: CurrentActor, now: Now
) -> None:
    """With the id and the body that it had."""
    del request
    await partners.replay(actor, delivery_id, now)


def _own(actor: Actor) -> UUID:
    return actor.partner_id(Scope.WEBHOOKS_MANAGE)


HANDLERS = (
    list_endpoints,
    add,
    rotate,
    send_test,
    remove,
    list_deliveries,
    replay,
)
