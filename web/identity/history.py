"""What was done with a person's account, in words: the audit as the person concerned reads it."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from services import appointments, audit, identity, partners
from services.kernel.actor import Actor, ActorKind
from services.kernel.i18n import N_

SHOWN = 30

DEEDS: Mapping[str, str] = {
    "identity.signed_in": N_("Signed in"),
    "identity.real_name_added": N_("Name and document added"),
    "identity.name_corrected": N_("Name corrected"),
    "identity.account_joined": N_("Account joined with the one that was made for you"),
    "identity.details_saved": N_("Contact details saved"),
    "identity.phone_changed": N_("Phone number changed"),
    "identity.phone_moved": N_("Phone number changed at the counter"),
    "identity.session_ended": N_("Signed out on another device"),
    "identity.other_sessions_ended": N_("Signed out on all other devices"),
    "identity.token_created": N_("Token created"),
    "identity.token_revoked": N_("Token revoked"),
    "identity.registered_by_staff": N_("Registered by staff"),
    "partners.person_registered": N_("A platform may book for you from now on"),
    "partners.consent_withdrawn": N_("A platform may not book for you any more"),
    "identity.person_found": N_("Looked up by staff"),
    "identity.document_replaced": N_("Document replaced at the counter"),
    "identity.person_opened": N_("Data opened by staff"),
    "appointment.booked": N_("Appointment booked"),
    "appointment.rescheduled": N_("Appointment moved"),
    "appointment.cancelled": N_("Appointment cancelled"),
}


class Deed(Struct, frozen=True, kw_only=True):
    """One line: what (a msgid), when, and by whom if it was staff or a platform.

    `reason` is there if one was given; `reference` is that of the appointment it was done to.
    """

    what: str
    at: datetime
    by: str | None
    reason: str | None
    reference: str | None


async def history(actor: Actor) -> list[Deed]:
    """What was done with one's account and appointments and who looked, newest first."""
    booked = {str(one.id): one.reference for one in await appointments.mine(actor, limit=SHOWN)}
    found = [
        *await audit.about("person", actor.person_id(), limit=SHOWN),
        *await audit.about("appointment", *booked, limit=SHOWN),
    ]
    entries = sorted(
        (entry for entry in found if entry.action in DEEDS),
        key=lambda entry: entry.id,
        reverse=True,
    )[:SHOWN]
    ids = {
        kind: {entry.actor_id for entry in entries if entry.actor_kind == kind and entry.actor_id}
        for kind in (ActorKind.STAFF, ActorKind.PARTNER)
    }
    names = {
        **await identity.staff_names(ids[ActorKind.STAFF]),
        **await partners.partner_names(ids[ActorKind.PARTNER]),
    }
    return [
        Deed(
            what=DEEDS[entry.action],
            at=entry.at,
            by=names.get(entry.actor_id) if entry.actor_id else None,
            reason=entry.data.get("reason"),
            reference=booked.get(entry.subject_id),
        )
        for entry in entries
    ]
