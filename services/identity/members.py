"""People whom a firm's agent names: checked like anybody, registered without a phone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.identity.codes import parse_phone
from services.identity.companions import find_or_register
from services.identity.errors import CompanionRefused, IdNumberTaken, NameDiffers
from services.identity.people import (
    CheckedName,
    RealName,
    check_real_name,
    find_by_document,
    id_number_index,
)
from services.identity.states import IdType
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.unit_of_work import unit_of_work


class MemberDetails(Struct, frozen=True, kw_only=True):
    """One of a firm's people. The phone is where they are told.

    They sign in with it only once they have proved it, with their name and document.
    """

    name: str
    id_type: IdType
    id_number: str
    phone: str


def check_member(details: MemberDetails, now: datetime) -> MemberDetails:
    """The details in the form in which they are kept; InvalidInput names every wrong field."""
    errors: list[FieldError] = []
    phone = ""
    checked = None
    try:
        checked = check_real_name(
            RealName(name=details.name, id_type=details.id_type, id_number=details.id_number), now
        )
    except InvalidInput as error:
        errors += error.errors
    try:
        phone = parse_phone(details.phone)
    except InvalidInput as error:
        errors += error.errors
    if errors or checked is None:
        raise InvalidInput(*errors)
    return MemberDetails(
        name=checked.name, id_type=checked.id_type, id_number=checked.id_number, phone=phone
    )


async def known_members(members: Sequence[MemberDetails]) -> list[UUID | CompanionRefused | None]:
    """Who of them is registered already, in order; CompanionRefused where with another name."""
    found: list[UUID | CompanionRefused | None] = []
    for member in members:
        checked = _named(member)
        row = await find_by_document(checked.id_type, id_number_index(checked))
        if row is None:
            found.append(None)
        elif keyring().unseal(row["name"], "person", "name", row["id"]) != checked.name:
            found.append(CompanionRefused())
        else:
            found.append(row["id"])
    return found


async def register_members(members: Sequence[MemberDetails], now: datetime) -> list[UUID]:
    """The people with these documents, made if need be, in the current unit of work.

    Raises CompanionRefused where somebody is registered with another name.
    """
    try:
        async with unit_of_work():
            return [
                await find_or_register(_named(member), now, given_phone=member.phone)
                for member in members
            ]
    except (NameDiffers, IdNumberTaken) as error:
        raise CompanionRefused from error


def _named(member: MemberDetails) -> CheckedName:
    return CheckedName(name=member.name, id_type=member.id_type, id_number=member.id_number)
