"""/admin/partners: webhook endpoints and what was sent to them."""

from datetime import time, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect
from msgspec.structs import asdict

from services import partners
from services.kernel.actor import Actor
from services.kernel.clock import local_date, local_moment
from services.kernel.errors import Conflict, DomainError, NotFound
from services.kernel.i18n import N_
from services.partners import (
    AddEndpoint,
    DeliveryStatus,
    EndpointDisabled,
    EndpointUnknown,
    EventType,
)
from web.admin import words
from web.common.flash import Tone, redirect
from web.common.forms import fresh
from web.common.guards import CurrentActor, Now
from web.common.pagination import key_position, listing
from web.common.rendering import AnyRequest
from web.partners.pages import ADMINISTRATOR, NO_CHANGE
from web.partners.showing import PATH, EndpointForm, Told, address_of, chosen, partner_page

LIMIT = 30
REPLAYED_SINCE = timedelta(days=7)
SENT = N_("A test is on its way. What came of it is below.")
REMOVED = N_("The endpoint is removed. Nothing is sent there any more.")
SWITCHED_ON = N_("The endpoint is switched on. What it has missed can be sent again.")
SWITCHED_OFF = N_("The endpoint is switched off.")
REPLAYED = N_("The message is sent again.")
ALL_REPLAYED = N_("Everything that was missed in the last seven days is sent again.")
NOTHING_MISSED = N_("Nothing was missed in the last seven days.")
STILL_GOING = N_("This message is still on its way.")

HOOKS = f"{PATH}/{{partner_id:uuid}}/endpoints"
HOOK = f"{HOOKS}/{{endpoint_id:uuid}}"
STATUS_NAMES = {
    DeliveryStatus.PENDING: ("blue", N_("On its way")),
    DeliveryStatus.DELIVERED: ("green", N_("Delivered")),
    DeliveryStatus.FAILED: ("red", N_("Failed")),
    DeliveryStatus.DROPPED: ("grey", N_("Not sent")),
}


@post(HOOKS, guards=ADMINISTRATOR, status_code=200)
async def add_endpoint(
    request: AnyRequest,
    actor: CurrentActor,
    partner_id: FromPath[UUID],
    now: Now,
    data: URLEncodedBody[EndpointForm],
) -> Response[bytes]:
    """Add an endpoint. The answer is the page itself: the secret is shown this once."""
    await partners.partner(actor, partner_id)
    command = AddEndpoint(
        partner_id=partner_id,
        url=data.url.strip(),
        event_types=chosen(asdict(data), EventType.subscribable()),
    )
    try:
        made = await partners.add_endpoint(actor, command, now)
    except DomainError as error:
        return await partner_page(request, actor, partner_id, now, error=error, endpoint_form=data)
    return await partner_page(request, actor, partner_id, now, told=Told("secret", made.secret))


@post(f"{HOOK}/secret", guards=ADMINISTRATOR, status_code=200)
async def rotate_secret(
    request: AnyRequest,
    actor: CurrentActor,
    partner_id: FromPath[UUID],
    endpoint_id: FromPath[UUID],
    now: Now,
) -> Response[bytes]:
    """Change the secret. It is shown this once."""
    await _require(actor, partner_id, endpoint_id)
    made = await partners.rotate_secret(actor, endpoint_id, now)
    return await partner_page(request, actor, partner_id, now, told=Told("secret", made.secret))


@post(f"{HOOK}/test", guards=ADMINISTRATOR)
async def send_test(
    actor: CurrentActor, partner_id: FromPath[UUID], endpoint_id: FromPath[UUID], now: Now
) -> Redirect:
    """Send an event that means nothing."""
    await _require(actor, partner_id, endpoint_id)
    try:
        await partners.send_test(actor, endpoint_id, now)
    except EndpointDisabled as error:
        return redirect(address_of(partner_id), error.message, Tone.DANGER)
    return redirect(f"{address_of(partner_id)}/deliveries", SENT)


@post(f"{HOOK}/remove", guards=ADMINISTRATOR)
async def remove_endpoint(
    actor: CurrentActor, partner_id: FromPath[UUID], endpoint_id: FromPath[UUID], now: Now
) -> Redirect:
    """Send nothing there any more."""
    await _require(actor, partner_id, endpoint_id)
    await partners.remove_endpoint(actor, endpoint_id, now)
    return redirect(address_of(partner_id), REMOVED)


@post(f"{HOOK}/switch-on", guards=ADMINISTRATOR)
async def switch_on(
    actor: CurrentActor, partner_id: FromPath[UUID], endpoint_id: FromPath[UUID], now: Now
) -> Redirect:
    """Switch an endpoint on."""
    return await _switch(actor, partner_id, endpoint_id, now, enabled=True)


@post(f"{HOOK}/switch-off", guards=ADMINISTRATOR)
async def switch_off(
    actor: CurrentActor, partner_id: FromPath[UUID], endpoint_id: FromPath[UUID], now: Now
) -> Redirect:
    """Switch an endpoint off."""
    return await _switch(actor, partner_id, endpoint_id, now, enabled=False)


@post(f"{HOOK}/replay", guards=ADMINISTRATOR)
async def replay_missed(
    actor: CurrentActor, partner_id: FromPath[UUID], endpoint_id: FromPath[UUID], now: Now
) -> Redirect:
    """Send again what was missed in the last seven days."""
    await _require(actor, partner_id, endpoint_id)
    here = f"{address_of(partner_id)}/deliveries"
    since = local_moment(local_date(now - REPLAYED_SINCE), time.min)
    try:
        await partners.replay_undelivered(actor, endpoint_id, since, now)
    except Conflict:
        return redirect(here, NOTHING_MISSED, Tone.INFO)
    except EndpointDisabled as error:
        return redirect(address_of(partner_id), error.message, Tone.DANGER)
    return redirect(here, ALL_REPLAYED)


@get(f"{PATH}/{{partner_id:uuid}}/deliveries", guards=ADMINISTRATOR)
async def show_deliveries(
    actor: CurrentActor,
    partner_id: FromPath[UUID],
    status: Annotated[str, QueryParameter(max_length=20)] = "",
    cursor: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What was sent, newest first."""
    wanted = next((each for each in DeliveryStatus if each == status), None)
    found = await partners.deliveries(
        actor, partner_id, status=wanted, before=key_position(cursor), limit=LIMIT + 1
    )
    shown = listing(found, LIMIT, keys=[(str(one.id),) for one in found])
    here = f"{address_of(partner_id)}/deliveries"
    query = f"status={wanted}&" if wanted else ""
    return fresh(
        "partners/deliveries.html",
        partner=await partners.partner(actor, partner_id),
        deliveries=shown.items,
        wanted=wanted,
        here=here,
        next_href=f"{here}?{query}cursor={shown.next_cursor}" if shown.next_cursor else None,
        first_href=f"{here}?{query}" if cursor else None,
        statuses=STATUS_NAMES,
        event_names=partners.EVENT_NAMES,
        tries=partners.TRIES,
        words=words,
    )


@post(f"{PATH}/{{partner_id:uuid}}/deliveries/{{delivery_id:uuid}}/replay", guards=ADMINISTRATOR)
async def replay(
    actor: CurrentActor, partner_id: FromPath[UUID], delivery_id: FromPath[UUID], now: Now
) -> Redirect:
    """Send one message again."""
    await partners.partner(actor, partner_id)
    here = f"{address_of(partner_id)}/deliveries"
    try:
        await partners.replay(actor, delivery_id, now)
    except Conflict:
        return redirect(here, STILL_GOING, Tone.INFO)
    except (EndpointDisabled, EndpointUnknown) as error:
        return redirect(here, error.message, Tone.DANGER)
    return redirect(here, REPLAYED)


async def _switch(
    actor: Actor, partner_id: UUID, endpoint_id: UUID, now: Now, *, enabled: bool
) -> Redirect:
    await _require(actor, partner_id, endpoint_id)
    try:
        await partners.set_enabled(actor, endpoint_id, now, enabled=enabled)
    except Conflict:
        return redirect(address_of(partner_id), NO_CHANGE, Tone.INFO)
    return redirect(address_of(partner_id), SWITCHED_ON if enabled else SWITCHED_OFF)


async def _require(actor: Actor, partner_id: UUID, endpoint_id: UUID) -> None:
    """Raise NotFound unless the endpoint is that partner's."""
    if endpoint_id not in {one.id for one in await partners.endpoints(actor, partner_id)}:
        raise NotFound


HANDLERS = (
    add_endpoint,
    rotate_secret,
    send_test,
    remove_endpoint,
    switch_on,
    switch_off,
    replay_missed,
    show_deliveries,
    replay,
)
