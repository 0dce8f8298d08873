"""The page of one partner, which several forms come back to, and what they have in common."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from litestar import Response
from msgspec import Struct

from services import catalog, partners
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.partners import EventType, Scope
from web.common.forms import fresh, refused
from web.common.rendering import AnyRequest

PATH = "/admin/partners"
NO_NUMBER = -1
YES = "yes"

Choice = TypeVar("Choice", bound=StrEnum)


class KeyForm(Struct):
    """A new key; a box is ticked for each scope."""

    label: str = ""
    office: str = ""
    days: str = "365"
    slots_read: str = ""
    people_write: str = ""
    appointments_read: str = ""
    appointments_write: str = ""
    webhooks_manage: str = ""


class EndpointForm(Struct):
    """A new endpoint; a box is ticked for each kind of event."""

    url: str = ""
    appointment_booked: str = ""
    appointment_cancelled: str = ""
    appointment_rescheduled: str = ""
    appointment_checked_in: str = ""
    appointment_completed: str = ""
    appointment_no_show: str = ""
    queue_called: str = ""


class Told(Struct, frozen=True):
    """What is told once: a `key` or a `secret`."""

    what: str
    text: str


def box(choice: StrEnum) -> str:
    """The name of the box for a scope or a kind of event."""
    return choice.value.replace(":", "_").replace(".", "_")


def chosen(typed: Mapping[str, str], choices: Iterable[Choice]) -> list[Choice]:
    """Those whose boxes are ticked."""
    return [choice for choice in choices if typed.get(box(choice)) == YES]


def number(typed: str) -> int:
    """A whole number as it was typed, or one that is refused everywhere."""
    typed = typed.strip()
    return int(typed) if typed.isdecimal() and typed.isascii() and len(typed) < 10 else NO_NUMBER  # noqa: PLR2004 - PostgreSQL's integers


def address_of(partner_id: UUID) -> str:
    """Where a partner's page is."""
    return f"{PATH}/{partner_id}"


async def partner_page(
    request: AnyRequest,
    actor: Actor,
    partner_id: UUID,
    now: datetime,
    *,
    told: Told | None = None,
    error: DomainError | None = None,
    key_form: KeyForm | None = None,
    endpoint_form: EndpointForm | None = None,
) -> Response[bytes]:
    """The page, with what is told this once, or with what was refused beside its fields."""
    context: dict[str, object] = {
        "partner": await partners.partner(actor, partner_id),
        "keys": await partners.keys(actor, partner_id),
        "endpoints": await partners.endpoints(actor, partner_id),
        "offices": await catalog.offices(),
        "key_form": key_form or KeyForm(),
        "endpoint_form": endpoint_form or EndpointForm(),
        "wrong_form": "key" if key_form else "endpoint" if endpoint_form else None,
        "told": told,
        "at": now,
        "box": box,
        "kinds": partners.KIND_NAMES,
        "scopes": list(Scope),
        "scope_names": partners.SCOPE_NAMES,
        "events": EventType.subscribable(),
        "event_names": partners.EVENT_NAMES,
        "reasons": partners.DISABLED_TEXTS,
    }
    if error is not None:
        return refused(request, "partners/partner.html", error, **context)
    return fresh("partners/partner.html", **context)
