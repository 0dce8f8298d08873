"""Whom a partner may act for: those whom it has registered, with their consent."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit, identity
from services.identity import NameDiffers, PhoneTaken, RegisterByStaff
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.partners.errors import PartnerPersonUnknown, PersonRefused
from services.partners.states import Scope

NO_CONSENT = N_("Only people who have agreed can be registered.")


class RegisterPerson(Struct, frozen=True, kw_only=True):
    """A person as the partner has them; `consent` says that they have agreed to be booked for."""

    name: str
    id_type: str
    id_number: str
    phone: str
    consent: bool
    language: str = "zh_CN"


class Permit(Struct, frozen=True, kw_only=True):
    """That a platform may act for a person."""

    id: UUID
    partner: str
    consented_at: datetime


async def register_person(actor: Actor, command: RegisterPerson, now: datetime) -> UUID:
    """Bind a person to the partner; the key that the partner knows them by from now on.

    The same person has another key with every partner, and the same one each time with this one.
    Nothing is told of what was known before.

    Raises:
        InvalidInput: A field is malformed, or the person has not agreed.
        PersonRefused: The details do not fit together with what is known.
        NotSignedIn, Forbidden: The actor is no partner, or its key is not for this.
    """
    partner_id = actor.partner_id(Scope.PEOPLE_WRITE)
    if not command.consent:
        raise InvalidInput(FieldError("consent", "consent_missing", NO_CONSENT))
    details = RegisterByStaff(
        name=command.name,
        id_type=command.id_type,
        id_number=command.id_number,
        phone=command.phone,
        language=command.language,
    )
    try:
        async with unit_of_work() as uow:
            person_id = await identity.register_for_partner(actor, details, now)
            key: UUID = await uow.fetchval(
                """
                INSERT INTO partner_person (id, partner_id, person_id, consented_at)
                VALUES ($1, $2, $3, $4)
                ON CONFLICT ON CONSTRAINT partner_person_once
                    DO UPDATE SET consented_at = EXCLUDED.consented_at, withdrawn_at = NULL
                RETURNING id
                """,
                new_id(),
                partner_id,
                person_id,
                now,
            )
            await audit.record(
                actor,
                "partners.person_registered",
                subject="person",
                subject_id=person_id,
                now=now,
            )
    except (NameDiffers, PhoneTaken) as error:
        raise PersonRefused from error
    return key


async def person_behind(partner_id: UUID, key: UUID) -> UUID:
    """The person whom a partner knows by `key` and may act for. Raises PartnerPersonUnknown."""
    found: UUID | None = await database.fetchval(
        "SELECT person_id FROM partner_person"
        " WHERE id = $1 AND partner_id = $2 AND withdrawn_at IS NULL",
        key,
        partner_id,
    )
    if found is None:
        raise PartnerPersonUnknown
    return found


async def permits(actor: Actor) -> list[Permit]:
    """The platforms that may act for a citizen, the newest first. Raises NotSignedIn."""
    rows = await database.fetch(
        """
        SELECT permit.id, partner.name AS partner, permit.consented_at
          FROM partner_person permit JOIN partner ON partner.id = permit.partner_id
         WHERE permit.person_id = $1 AND permit.withdrawn_at IS NULL
         ORDER BY permit.consented_at DESC
        """,
        actor.person_id(),
    )
    return [Permit(**dict(row)) for row in rows]


async def withdraw(actor: Actor, permit_id: UUID, now: datetime) -> None:
    """Let a platform act for oneself no more: it can change nothing and is told nothing.

    Raises NotSignedIn, or NotFound if it is not one's own or withdrawn already.
    """
    person_id = actor.person_id()
    async with unit_of_work() as uow:
        partner_id = await uow.fetchval(
            "UPDATE partner_person SET withdrawn_at = $3"
            " WHERE id = $1 AND person_id = $2 AND withdrawn_at IS NULL RETURNING partner_id",
            permit_id,
            person_id,
            now,
        )
        if partner_id is None:
            raise NotFound
        await audit.record(
            actor,
            "partners.consent_withdrawn",
            subject="person",
            subject_id=person_id,
            data={"partner_id": str(partner_id)},
            now=now,
        )
