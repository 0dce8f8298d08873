"""/admin/rules: the booking rules of every place, changed with a look at what will change."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import appointments, catalog
from services.appointments import KeptRule, RuleChanged, RuleTwice, SetRule
from services.catalog import Line, Office
from services.identity import Role
from services.kernel.errors import DomainError, InvalidInput
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest
from web.common.staff_places import ADMINISTRATION
from web.standing.fields import GROUPS, LABELS, RuleForm, Version, form_of, rule_of

ADDRESS = "/admin/rules"
SAVED = N_("The rule is saved. It holds at once; releases of days ahead follow within the hour.")
REMOVED = N_("The place follows the more general rule again.")
NOTHING_CHANGED = N_("Nothing was changed.")


class Place(Struct, frozen=True, kw_only=True):
    """Where a rule holds: an office, a line, both, or everywhere."""

    office: Office | None
    line: Line | None

    @property
    def codes(self) -> tuple[str | None, Line | None]:
        """As the operations name it."""
        return (self.office.code if self.office else None, self.line)


class RemoveForm(Struct):
    """The rule of which place is removed, in the version that was seen."""

    office: Annotated[str, Meta(max_length=60)] = ""
    line: Annotated[str, Meta(max_length=20)] = ""
    seen: Version = "0"


async def _place(office_code: str, line: str) -> Place:
    return Place(
        office=await catalog.office(office_code) if office_code else None,
        line=next((one for one in Line if one == line), None),
    )


@get(ADDRESS, guards=[staff(*ADMINISTRATION.roles)])
async def list_rules(actor: CurrentActor) -> Response[bytes]:
    """Every rule that is set, and the way to set one for a place."""
    return fresh(
        "standing/settings.html",
        kept=await appointments.rules_kept(),
        default=appointments.DEFAULT,
        changes=appointments.changes,
        labels=LABELS,
        offices={one.code: one for one in await catalog.offices()},
        lines=tuple(Line),
        may_set=actor.has_role(Role.ADMINISTRATOR),
    )


async def _context(place: Place, kept: KeptRule | None) -> dict[str, Any]:
    return {
        "place": place,
        "kept": kept,
        "inherited": await appointments.holding(*place.codes, above=True),
        "default": appointments.DEFAULT,
        "ranges": appointments.RANGES,
        "groups": GROUPS,
        "labels": LABELS,
        "offices": {one.code: one for one in await catalog.offices()},
    }


@get(f"{ADDRESS}/place", guards=[staff(*ADMINISTRATION.roles)])
async def show_rule(
    actor: CurrentActor, *, office: FromQuery[str] = "", line: FromQuery[str] = ""
) -> Response[bytes]:
    """The rule of one place as a form; where it has none, the one that it follows."""
    place = await _place(office, line)
    kept = await appointments.rule_at(*place.codes)
    rule = await appointments.rule_for(*place.codes)
    return fresh(
        "standing/setting.html",
        typed=form_of(rule, place.codes, seen=kept.version if kept else 0),
        preview=None,
        may_set=actor.has_role(Role.ADMINISTRATOR),
        **await _context(place, kept),
    )


@post(ADDRESS, guards=[staff(Role.ADMINISTRATOR, sensitive=True)], status_code=303)
async def save_rule(
    request: AnyRequest, data: URLEncodedBody[RuleForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Show what would change; once that has been looked at, save it."""
    place = await _place(data.office, data.line)
    kept = await appointments.rule_at(*place.codes)
    context = {"typed": data, "may_set": True, **await _context(place, kept)}
    try:
        rule = rule_of(data)
        appointments.check_rule(rule)
        preview = appointments.changes(await appointments.rule_for(*place.codes), rule)
        if data.step != "save":
            if not preview and kept:
                return flash.redirect(ADDRESS, NOTHING_CHANGED, flash.Tone.INFO)
            return fresh("standing/setting.html", preview=preview, after=rule, **context)
        command = SetRule(
            office_code=place.codes[0], line=place.line, rule=rule, seen=int(data.seen) or None
        )
        await appointments.set_rule(actor, command, now)
    except (RuleChanged, RuleTwice) as error:
        # What the other one has set is shown beside what was typed; saving again overwrites it.
        context["typed"] = form_of(rule, place.codes, seen=kept.version if kept else 0)
        return refused(request, "standing/setting.html", error, preview=None, **context)
    except (InvalidInput, DomainError) as error:
        return refused(request, "standing/setting.html", error, preview=None, **context)
    return flash.redirect(ADDRESS, SAVED)


@post(f"{ADDRESS}/remove", guards=[staff(Role.ADMINISTRATOR, sensitive=True)], status_code=303)
async def remove(data: URLEncodedBody[RemoveForm], actor: CurrentActor, now: Now) -> Redirect:
    """Let a place follow the more general rule again."""
    place = await _place(data.office, data.line)
    try:
        await appointments.remove_rule(actor, *place.codes, int(data.seen), now)
    except RuleChanged as error:
        return flash.redirect(ADDRESS, error.message, flash.Tone.WARNING)
    return flash.redirect(ADDRESS, REMOVED)


HANDLERS = (list_rules, show_rule, save_rule, remove)
