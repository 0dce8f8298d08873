"""/admin/partners: the platforms, their limits and their keys."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import asdict

from services import partners
from services.identity import Role
from services.kernel.errors import Conflict, DomainError
from services.kernel.i18n import N_
from services.partners import Details, NewKey, Partner, Scope
from web.common.flash import Tone, redirect
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest
from web.partners.showing import PATH, KeyForm, Told, address_of, chosen, number, partner_page

ADMINISTRATOR = [staff(Role.ADMINISTRATOR)]
ADDED = N_("The partner is added. Next it needs a key.")
SAVED = N_("The partner's details are saved.")
SHUT_OUT = N_("The partner is shut out. Its keys open nothing and nothing is sent to it.")
LET_IN = N_("The partner is let in again.")
REVOKED = N_("The key is revoked. Programs that use it are refused from now on.")
NO_CHANGE = N_("It was so already.")


class PartnerForm(Struct):
    """A platform as it is typed in."""

    name: str = ""
    kind: str = ""
    contact: str = ""
    requests_a_minute: str = "120"
    bookings_a_day: str = "500"

    def details(self) -> Details:
        """What was typed; figures that are none will not do."""
        return Details(
            name=self.name,
            kind=self.kind,
            contact=self.contact,
            requests_a_minute=number(self.requests_a_minute),
            bookings_a_day=number(self.bookings_a_day),
        )


def form_of(found: Partner) -> PartnerForm:
    """The form for what is kept."""
    return PartnerForm(
        name=found.name,
        kind=found.kind,
        contact=found.contact or "",
        requests_a_minute=str(found.requests_a_minute),
        bookings_a_day=str(found.bookings_a_day),
    )


@get(PATH, guards=ADMINISTRATOR)
async def show_partners(actor: CurrentActor) -> Response[bytes]:
    """Every platform, and which endpoints were switched off because they failed."""
    found = await partners.partners(actor)
    return fresh(
        "partners/list.html",
        partners=found,
        names={one.id: one.name for one in found},
        stopped=await partners.stopped_endpoints(actor),
        kinds=partners.KIND_NAMES,
        reasons=partners.DISABLED_TEXTS,
    )


@get(f"{PATH}/new", guards=ADMINISTRATOR)
async def show_new() -> Response[bytes]:
    """The form for another platform."""
    return fresh("partners/form.html", form=PartnerForm(), kinds=partners.KIND_NAMES, partner=None)


@post(PATH, guards=ADMINISTRATOR)
async def add_partner(
    request: AnyRequest, actor: CurrentActor, now: Now, data: URLEncodedBody[PartnerForm]
) -> Response[bytes] | Redirect:
    """Add a platform."""
    try:
        partner_id = await partners.create_partner(actor, data.details(), now)
    except DomainError as error:
        context = {"form": data, "kinds": partners.KIND_NAMES, "partner": None}
        return refused(request, "partners/form.html", error, **context)
    return redirect(address_of(partner_id), ADDED)


@get(f"{PATH}/{{partner_id:uuid}}/edit", guards=ADMINISTRATOR)
async def show_edit(actor: CurrentActor, partner_id: FromPath[UUID]) -> Response[bytes]:
    """The form with what is kept of a platform."""
    found = await partners.partner(actor, partner_id)
    context = {"kinds": partners.KIND_NAMES, "partner": found}
    return fresh("partners/form.html", form=form_of(found), **context)


@post(f"{PATH}/{{partner_id:uuid}}/edit", guards=ADMINISTRATOR)
async def save_partner(
    request: AnyRequest,
    actor: CurrentActor,
    partner_id: FromPath[UUID],
    now: Now,
    data: URLEncodedBody[PartnerForm],
) -> Response[bytes] | Redirect:
    """Change what is kept of a platform."""
    found = await partners.partner(actor, partner_id)
    try:
        await partners.change_partner(actor, partner_id, data.details(), now)
    except DomainError as error:
        context = {"form": data, "kinds": partners.KIND_NAMES, "partner": found}
        return refused(request, "partners/form.html", error, **context)
    return redirect(address_of(partner_id), SAVED)


@post(f"{PATH}/{{partner_id:uuid}}/shut-out", guards=ADMINISTRATOR)
async def shut_out(actor: CurrentActor, partner_id: FromPath[UUID], now: Now) -> Redirect:
    """Shut a platform out."""
    return await _set_active(actor, partner_id, now, active=False, said=SHUT_OUT)


@post(f"{PATH}/{{partner_id:uuid}}/let-in", guards=ADMINISTRATOR)
async def let_in(actor: CurrentActor, partner_id: FromPath[UUID], now: Now) -> Redirect:
    """Let a platform in again."""
    return await _set_active(actor, partner_id, now, active=True, said=LET_IN)


async def _set_active(
    actor: CurrentActor, partner_id: UUID, now: Now, *, active: bool, said: str
) -> Redirect:
    try:
        await partners.set_active(actor, partner_id, now, active=active)
    except Conflict:
        return redirect(address_of(partner_id), NO_CHANGE, Tone.INFO)
    return redirect(address_of(partner_id), said)


@get(f"{PATH}/{{partner_id:uuid}}", guards=ADMINISTRATOR)
async def show_partner(
    request: AnyRequest, actor: CurrentActor, partner_id: FromPath[UUID], now: Now
) -> Response[bytes]:
    """One platform: its limits, keys and endpoints."""
    return await partner_page(request, actor, partner_id, now)


@post(f"{PATH}/{{partner_id:uuid}}/keys", guards=ADMINISTRATOR, status_code=200)
async def create_key(
    request: AnyRequest,
    actor: CurrentActor,
    partner_id: FromPath[UUID],
    now: Now,
    data: URLEncodedBody[KeyForm],
) -> Response[bytes]:
    """Make a key. The answer is the page itself: the key is shown this once."""
    await partners.partner(actor, partner_id)
    command = NewKey(
        partner_id=partner_id,
        label=data.label,
        scopes=chosen(asdict(data), Scope),
        office_code=data.office or None,
        days=number(data.days),
    )
    try:
        issued = await partners.create_key(actor, command, now)
    except DomainError as error:
        return await partner_page(request, actor, partner_id, now, error=error, key_form=data)
    return await partner_page(request, actor, partner_id, now, told=Told("key", issued.key))


@post(f"{PATH}/{{partner_id:uuid}}/keys/{{key_id:uuid}}/revoke", guards=ADMINISTRATOR)
async def revoke_key(
    actor: CurrentActor, partner_id: FromPath[UUID], key_id: FromPath[UUID], now: Now
) -> Redirect:
    """Make a key worthless."""
    await partners.partner(actor, partner_id)
    try:
        await partners.revoke_key(actor, partner_id, key_id, now)
    except Conflict:
        return redirect(address_of(partner_id), NO_CHANGE, Tone.INFO)
    return redirect(address_of(partner_id), REVOKED)


HANDLERS = (
    show_partners,
    show_new,
    add_partner,
    show_edit,
    save_partner,
    shut_out,
    let_in,
    show_partner,
    create_key,
    revoke_key,
)
