"""What was done with a person's account, in words: the audit as the person concerned reads it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit, identity
from services.kernel.actor import ActorKind
from services.kernel.i18n import N_

SHOWN = 30

DEEDS: Mapping[str, str] = {
    "identity.signed_in": N_("Signed in"),
    "identity.real_name_added": N_("Name and document added"),
    "identity.name_corrected": N_("Name corrected"),
    "identity.details_saved": N_("Contact details saved"),
    "identity.phone_changed": N_("Phone number changed"),
    "identity.phone_moved": N_("Phone number changed at the counter"),
    "identity.session_ended": N_("Signed out on another device"),
    "identity.other_sessions_ended": N_("Signed out on all other devices"),
    "identity.token_created": N_("Token created"),
    "identity.token_revoked": N_("Token revoked"),
    "identity.registered_by_staff": N_("Registered by staff"),
    "identity.person_found": N_("Looked up by staff"),
    "identity.document_replaced": N_("Document replaced at the counter"),
    "identity.person_opened": N_("Data opened by staff"),
}


class Deed(Struct, frozen=True, kw_only=True):
    """One line: what (a msgid), when, and by whom if it was staff; `reason` if one was given."""

    what: str
    at: datetime
    by: str | None
    reason: str | None


async def history(person_id: UUID) -> list[Deed]:
    """What was done with the account and who looked at it, newest first."""
    entries = [
        entry
        for entry in await audit.about("person", person_id, limit=SHOWN)
        if entry.action in DEEDS
    ]
    staff_ids = {
        entry.actor_id
        for entry in entries
        if entry.actor_kind == ActorKind.STAFF and entry.actor_id
    }
    names = await identity.staff_names(staff_ids)
    return [
        Deed(
            what=DEEDS[entry.action],
            at=entry.at,
            by=names.get(entry.actor_id) if entry.actor_id else None,
            reason=entry.data.get("reason"),
        )
        for entry in entries
    ]
