"""The people whom a citizen books for, for programs."""

from typing import Annotated
from uuid import UUID

from litestar import get
from msgspec import Meta, Struct

from services import identity
from services.identity import IdType
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.common.guards import CurrentActor, citizen


class CompanionAnswer(Struct, frozen=True, kw_only=True):
    """Somebody a citizen books for; the document's number is masked."""

    id: Annotated[UUID, Meta(examples=["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"])]
    name: Annotated[str, Meta(examples=["王小宝"])]
    id_type: Annotated[IdType, Meta(examples=["resident_id"])]
    id_number: Annotated[str, Meta(examples=["3715************1X"])]


@get(
    "/me/companions",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("List the people one books for"),
    operation_id="list_companions",
    responses=problems(),
)
async def list_companions(actor: CurrentActor) -> list[CompanionAnswer]:
    """Five at most, without those who have yet to agree; their ids are a booking's `people`."""
    return [
        CompanionAnswer(
            id=one.person_id, name=one.name, id_type=one.id_type, id_number=one.id_number
        )
        for one in await identity.companions(actor)
        if not one.waits
    ]


HANDLERS = (list_companions,)
