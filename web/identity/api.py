"""Identity for programs: sign-in for a token, the account behind it, and its tokens."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from services import appointments, identity
from services.identity import (
    Details,
    DocumentRefused,
    IdType,
    RealName,
    RealNameFixed,
    RequestCode,
    SignIn,
    SignInCodeRefused,
    TooManyTokens,
)
from services.kernel.clock import to_local
from services.kernel.errors import NotFound
from services.kernel.i18n import N_
from services.kernel.limits import Limit
from services.kernel.translations import Language
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.common.guards import CurrentActor, Now, citizen, public
from web.common.rate_limits import client_address, limited
from web.common.rendering import AnyRequest
from web.identity.devices import device

ANYONE = "this is where programs sign in"
PROGRAM = "API"
NEW_TOKENS = Limit("new_tokens_address", times=30, seconds=3600)

Phone = Annotated[
    str,
    Meta(description=N_("A mainland mobile number."), examples=["13800000001"], max_length=32),
]
Code = Annotated[str, Meta(description=N_("The six digits."), examples=["482913"], max_length=32)]
Label = Annotated[
    str, Meta(description=N_("What the token is for."), examples=["my script"], max_length=200)
]
Email = Annotated[
    Annotated[str, Meta(max_length=300)] | None,
    Meta(
        description=N_("Where confirmations go besides; null for nowhere."),
        examples=["li@example.com"],
    ),
]
TokenId = Annotated[UUID, PathParameter(description=N_("The token's id, from the list."))]


class CodeRequest(Struct, forbid_unknown_fields=True):
    """Where to send a code."""

    phone: Phone


class CodeSent(Struct):
    """Until when the code holds, and from when another can be asked for."""

    expires_at: datetime
    resend_at: datetime


class SignInRequest(Struct, forbid_unknown_fields=True):
    """The phone and the code that was sent there."""

    phone: Phone
    code: Code


class NewToken(Struct):
    """A bearer token, told this once."""

    id: UUID
    token: Annotated[str, Meta(examples=["bst_Yq3…"])]
    expires_at: datetime


class Me(Struct):
    """The account behind the token. `id_number` and `phone` are masked."""

    id: UUID
    name: Annotated[str, Meta(examples=["张三"])] | None
    id_type: IdType | None
    id_number: Annotated[str, Meta(examples=["3715************1X"])] | None
    phone: Annotated[str, Meta(examples=["138****0001"])] | None
    email: Email
    language: Language


class MeUpdate(Struct, forbid_unknown_fields=True):
    """Replaces what is given: an absent `name` leaves name and document, a null `email` removes it.

    `id_number` may be the masked one that was read.
    """

    name: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description=N_("As on the document."), examples=["张三"]),
    ] = None
    id_type: Annotated[
        IdType | None,
        Meta(description=N_("The kind of document."), examples=["resident_id"]),
    ] = None
    id_number: Annotated[
        Annotated[str, Meta(max_length=40)] | None,
        Meta(
            description=N_("Its number, or the masked one that was read."),
            examples=["11010519491231002X"],
        ),
    ] = None
    reference: Annotated[
        Annotated[str, Meta(max_length=20)] | None,
        Meta(
            description=N_(
                "Of an appointment that somebody made for whom they had registered: joins that "
                "record."
            ),
            examples=["K7M3X9AH4T"],
        ),
    ] = None
    email: Email = None
    language: Annotated[
        Language, Meta(description=N_("What notices are written in."), examples=["zh_CN"])
    ] = Language.CHINESE


class TokenRequest(Struct, forbid_unknown_fields=True):
    """A further token for the same account."""

    label: Label


class TokenEntry(Struct):
    """A valid token; `prefix` is how it begins."""

    id: UUID
    label: Annotated[str, Meta(examples=["my script"])]
    prefix: Annotated[str, Meta(examples=["bst_Yq3"])]
    created_at: datetime
    expires_at: datetime
    last_used_on: date | None


class TokenList(Struct):
    """All valid tokens, newest first."""

    items: list[TokenEntry]
    next_cursor: Annotated[str | None, Meta(examples=[None])] = None


@post(
    "/sign-in/codes",
    opt=public(ANYONE),
    status_code=202,
    tags=["sign-in"],
    summary=N_("Send a sign-in code"),
    operation_id="send_sign_in_code",
    responses=problems(public=True, limited=True),
)
async def send_code(
    request: AnyRequest, data: JSONBody[CodeRequest], actor: CurrentActor, now: Now
) -> CodeSent:
    """The answer is the same whether or not the phone is known."""
    command = RequestCode(
        phone=data.phone, address=client_address(request), language=actor.language
    )
    sent = await identity.request_sign_in_code(command, now)
    return CodeSent(expires_at=to_local(sent.expires_at), resend_at=to_local(sent.resend_at))


@post(
    "/sign-in",
    opt=public(ANYONE),
    status_code=200,
    tags=["sign-in"],
    summary=N_("Sign in for a token"),
    operation_id="sign_in",
    responses=problems(SignInCodeRefused, TooManyTokens, public=True, limited=True),
)
async def sign_in(request: AnyRequest, data: JSONBody[SignInRequest], now: Now) -> NewToken:
    """Spends the code. The first sign-in of a phone makes its account."""
    command = SignIn(
        code_id=await identity.newest_code(data.phone),
        code=data.code,
        address=client_address(request),
        device=device(request) or PROGRAM,
    )
    issued = await identity.sign_in_for_token(command, now)
    return NewToken(id=issued.id, token=issued.token, expires_at=to_local(issued.expires_at))


@get(
    "/me",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("Read the account"),
    operation_id="get_me",
    responses=problems(),
)
async def show_me(actor: CurrentActor) -> Me:
    """The account behind the token, with document and phone masked."""
    return await _me(actor.person_id())


@put(
    "/me",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("Write the account"),
    operation_id="update_me",
    responses=problems(DocumentRefused, RealNameFixed, limited=True),
)
async def save_me(data: JSONBody[MeUpdate], actor: CurrentActor, now: Now) -> Me:
    """Registers name and document, or corrects the name; sets e-mail and language."""
    name = None
    if data.name is not None or data.id_type is not None or data.id_number is not None:
        name = RealName(
            name=data.name or "", id_type=data.id_type or "", id_number=data.id_number or ""
        )
    details = Details(email=data.email or "", language=data.language)
    vouch = appointments.vouched_by(data.reference) if data.reference else None
    person_id = await identity.save_me(actor, name, details, now, vouch)
    return await _me(person_id)


async def _me(person_id: UUID) -> Me:
    person = await identity.person(person_id)
    contact = await identity.contact(person_id)
    return Me(
        id=person.id,
        name=contact.name,
        id_type=person.id_type,
        id_number=person.id_number,
        phone=person.phone,
        email=contact.email,
        language=Language(person.language),
    )


@get(
    "/me/tokens",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("List the account's tokens"),
    operation_id="list_tokens",
    responses=problems(),
)
async def list_tokens(actor: CurrentActor, now: Now) -> TokenList:
    """At most twenty, so there is never a further page."""
    held = await identity.tokens(actor.person_id(), now)
    return TokenList(
        items=[
            TokenEntry(
                id=token.id,
                label=token.label,
                prefix=token.prefix,
                created_at=to_local(token.created_at),
                expires_at=to_local(token.expires_at),
                last_used_on=token.last_used_on,
            )
            for token in held
        ]
    )


@post(
    "/me/tokens",
    guards=[citizen, limited(NEW_TOKENS)],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("Create a further token"),
    operation_id="create_token",
    responses=problems(TooManyTokens, limited=True),
)
async def create_token(data: JSONBody[TokenRequest], actor: CurrentActor, now: Now) -> NewToken:
    """Not repeatable by Idempotency-Key: the answer would have to be kept, token and all."""
    issued = await identity.create_token(actor, data.label, now)
    return NewToken(id=issued.id, token=issued.token, expires_at=to_local(issued.expires_at))


@delete(
    "/me/tokens/{token_id:uuid}",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["me"],
    summary=N_("Revoke a token"),
    operation_id="revoke_token",
    responses=problems(NotFound),
)
async def revoke_token(token_id: TokenId, actor: CurrentActor, now: Now) -> None:
    """Programs that use it are refused from now on."""
    await identity.revoke_token(actor, token_id, now)


HANDLERS = (send_code, sign_in, show_me, save_me, list_tokens, create_token, revoke_token)
