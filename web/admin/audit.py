"""/admin/audit: who did, who looked, and whether the chain is whole."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import asdict

from services import audit, identity, partners
from services.audit import Entry, Search
from services.kernel.actor import ActorKind
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from web.admin import words
from web.common.flash import Tone, redirect
from web.common.forms import field_messages
from web.common.guards import CurrentActor, Now, staff
from web.common.pagination import key_position, listing
from web.common.rendering import AnyRequest, Page, page
from web.common.staff_places import ADMINISTRATION

PATH = "/admin/audit"
LIMIT = 30
WRONG_ID = N_("This is not the key of a person or a member of staff.")
WRONG_DAY = N_("Please write the day as 2026-11-24.")
Typed = Annotated[str, QueryParameter(max_length=200)]


class Filters(Struct, frozen=True, kw_only=True):
    """What was typed into the search form."""

    action: str = ""
    subject: str = ""
    subject_id: str = ""
    actor_id: str = ""
    day: str = ""

    def search(self) -> Search:
        """What to look for. Raises InvalidInput that names the fields that are wrong."""
        errors: list[FieldError] = []
        actor_id, day = None, None
        try:
            actor_id = UUID(self.actor_id) if self.actor_id else None
        except ValueError:
            errors.append(FieldError("actor_id", "key_malformed", WRONG_ID))
        try:
            day = date.fromisoformat(self.day) if self.day else None
        except ValueError:
            errors.append(FieldError("day", "day_malformed", WRONG_DAY))
        if errors:
            raise InvalidInput(*errors)
        return Search(
            subject=self.subject or None,
            subject_id=self.subject_id or None,
            actor_id=actor_id,
            action=self.action or None,
            day=day,
        )

    def address(self, **changes: str | None) -> str:
        """The address of this search with some parts changed."""
        parts = {**asdict(self), **changes}
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{PATH}?{query}" if query else PATH


async def filters(
    action: Typed = "",
    subject: Typed = "",
    subject_id: Typed = "",
    actor_id: Typed = "",
    day: Typed = "",
) -> Filters:
    """The search form's fields, without the blanks around them."""
    return Filters(
        action=action.strip(),
        subject=subject.strip(),
        subject_id=subject_id.strip(),
        actor_id=actor_id.strip(),
        day=day.strip(),
    )


@get(
    PATH,
    guards=[staff(*ADMINISTRATION.roles)],
    dependencies={"wanted": Provide(filters)},
)
async def show_audit(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    wanted: NamedDependency[Filters],
    cursor: FromQuery[str | None] = None,
) -> Page:
    """The records that fit, newest first."""
    errors: Mapping[str, str] = {}
    found: list[Entry] = []
    try:
        found = await audit.look(actor, wanted.search(), now, key_position(cursor), LIMIT + 1)
    except InvalidInput as error:
        errors = field_messages(request, error)
    shown = listing(found, LIMIT, keys=[(str(entry.id),) for entry in found])
    return page(
        "admin/audit.html",
        status_code=422 if errors else 200,
        wanted=wanted,
        errors=errors,
        entries=shown.items,
        next_href=wanted.address(cursor=shown.next_cursor) if shown.next_cursor else None,
        first_href=wanted.address() if cursor else None,
        names=await _names(shown.items),
        check=await audit.last_check(),
        sealing=await audit.sealing(),
        words=words,
    )


async def _names(entries: list[Entry]) -> Mapping[UUID, str]:
    def ids(kind: ActorKind) -> Iterator[UUID]:
        return (entry.actor_id for entry in entries if entry.actor_kind == kind and entry.actor_id)

    staff_members = await identity.staff_names(ids(ActorKind.STAFF))
    return {**staff_members, **await partners.partner_names(ids(ActorKind.PARTNER))}


@post(f"{PATH}/check", guards=[staff(*ADMINISTRATION.roles)])
async def check_now(actor: CurrentActor, now: Now) -> Redirect:
    """Walk the whole chain now."""
    outcome = await audit.check(actor, now)
    if outcome.finding:
        return redirect(PATH, N_("The chain is broken. See below where."), Tone.DANGER)
    return redirect(PATH, N_("The chain was checked and is whole."))


HANDLERS = (show_audit, check_now)
