"""What identity refuses, and what its constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    InvalidInput,
    NotFound,
)
from services.kernel.i18n import N_


class SignInCodeRefused(InvalidInput):
    """Wrong, spent, expired or tried too often: which of them is nobody's business."""

    code = "sign_in_code_refused"
    message = N_("The code is wrong or no longer valid. Please check it, or ask for a new one.")

    def __init__(self) -> None:
        super().__init__(FieldError("code", self.code, self.message))


class PhoneTaken(DomainError):
    """Another person signs in with this phone."""

    code = "phone_taken"
    message = N_(
        "This phone number already belongs to another account. Please use a different number, "
        "or bring your ID to a service hall."
    )


class IdNumberTaken(DomainError):
    """Another person is registered with this document."""

    code = "id_number_taken"
    message = N_(
        "This ID number is already registered. If it is yours, bring the document to a service "
        "hall and we will put it right."
    )


class IdNumberTakenByPhone(IdNumberTaken):
    """As IdNumberTaken, and the other account has a phone; its last four digits may be told."""

    code = "id_number_taken_by_phone"
    message = N_(
        "This ID number is already registered with the phone number ending in %(phone_tail)s. "
        "Please sign in with that phone. If you no longer have it, bring the document to a "
        "service hall."
    )

    def __init__(self, *, phone_tail: str) -> None:
        super().__init__(phone_tail=phone_tail)


class DocumentRefused(DomainError):
    """A citizen cannot have this document on the account.

    Whether it is on an account already, and on whose, is told to staff alone.
    """

    code = "document_refused"
    message = N_(
        "We cannot put this name and ID number on your account. Please check both. If you have "
        "another phone, sign in with that one; if your firm has booked for you, with the phone "
        "that got the message. If your family or a hall has booked for you, also enter the "
        "reference of that appointment. If none of this helps, bring the document to a hall."
    )


class JoiningRefused(InvalidInput):
    """Name, document, reference and record do not belong together: which of them is not told."""

    code = "joining_refused"
    message = N_(
        "We cannot give you the record with this. Please check the name, the ID number and the "
        "reference; it has to be of an appointment made by whoever registered you."
    )

    def __init__(self) -> None:
        super().__init__(FieldError("reference", self.code, self.message))


class RealNameFixed(DomainError):
    """The document on an account is not swapped for another online."""

    code = "real_name_fixed"
    message = N_(
        "Your account is registered with another document. To change it, bring both documents "
        "to a service hall."
    )


class NameDiffers(DomainError):
    """A registered ID number with another name than it is registered with; told to staff alone."""

    code = "name_differs"
    message = N_(
        "This ID number is registered with a different name. Please compare it with the document."
    )


class CompanionUnknown(NotFound):
    """Not one of the people whom this citizen books for."""

    code = "companion_unknown"
    message = N_("This person is not on your list. Please add them first.")


class CompanionIsOneself(DomainError):
    """The document is the citizen's own."""

    code = "companion_is_oneself"
    message = N_("This is your own document. You are on your list already.")


class CompanionRefused(DomainError):
    """A citizen cannot have this person on a list, their own or a firm's.

    Whether the name is another, the person has said no or is booked already is not theirs to know.
    """

    code = "companion_refused"
    message = N_(
        "We cannot add somebody with this name and ID number. Please compare both with the "
        "document. If they are right, this person can book by themselves, or come to a service "
        "hall with the document."
    )


class TooManyCompanions(DomainError):
    """A citizen books for at most five people."""

    code = "too_many_companions"
    message = N_("You already have five people on your list. Please remove one first.")


class FirmUnknown(NotFound):
    """Not a firm that this citizen acts for."""

    code = "firm_unknown"
    message = N_("You have not said that you act for this firm. Please add it first.")


class CallerRefused(InvalidInput):
    """What the caller said is not what the account says."""

    code = "caller_refused"
    message = N_("That is not what we have on record. Please ask the caller again.")

    def __init__(self) -> None:
        super().__init__(FieldError("digits", self.code, self.message))


class CallerUnverified(DomainError):
    """Something of a person's is to be changed before it is sure that they ask for it."""

    code = "caller_unverified"
    message = N_("Please make sure first who is on the telephone.")


class RealNameRequired(Forbidden):
    """What was asked for takes a real name, and this account has none yet."""

    code = "real_name_required"
    message = N_("Please add your name and ID number first.")


class StaffSignInRefused(DomainError):
    """Wrong, unknown, locked or deactivated: the same answer for each of them."""

    code = "staff_sign_in_refused"
    status = 422
    message = N_(
        "The username or password is wrong, or sign-in is paused for a while after several "
        "wrong tries."
    )


class SecondFactorRefused(InvalidInput):
    """Not the code that the authenticator shows now, or one that was used already."""

    code = "second_factor_refused"
    message = N_("This code is not right, or was used already. Please wait for the next one.")

    def __init__(self) -> None:
        super().__init__(FieldError("code", self.code, self.message))


class StaffStepExpired(DomainError):
    """Too long between password and second factor, or the account changed meanwhile."""

    code = "staff_step_expired"
    status = 422
    message = N_("That took too long. Please enter your username and password again.")


class ProofRequired(Forbidden):
    """Signed in as staff, but unused for so long that the second factor is wanted again."""

    code = "proof_required"
    message = N_("Please confirm with your authenticator that it is still you.")


class UsernameTaken(DomainError):
    """Usernames are never given twice, also not after a deactivation."""

    code = "username_taken"
    message = N_("This username is already in use.")


class TooManyTokens(DomainError):
    """A person holds as many valid tokens as one may."""

    code = "too_many_tokens"
    message = N_("You already have %(limit)s tokens. Please revoke one first.")

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=limit)


class KeyReused(DomainError):
    """The Idempotency-Key came before, with a different request."""

    code = "idempotency_key_reused"
    status = 422
    message = N_("This Idempotency-Key was already used for a different request.")


class KeyBusy(DomainError):
    """A request with the same Idempotency-Key is being worked on; `retry_after` in seconds."""

    code = "idempotency_key_busy"
    message = N_("The same request is still being worked on. Please ask again in a moment.")

    def __init__(self, *, retry_after: int = 1) -> None:
        super().__init__(retry_after=retry_after)
        self.retry_after = retry_after


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "person_one_per_phone": PhoneTaken,
    "person_one_per_id_number": IdNumberTaken,
    "staff_one_per_username": UsernameTaken,
    "staff_role_held_once": Conflict,
    "recovery_code_given_once": Conflict,
    "api_token_one_per_digest": Conflict,
    "idempotent_answer_one_per_key": KeyBusy,
    "account_joining_once": IdNumberTaken,
    "companion_once": Conflict,
    "companion_person": CompanionUnknown,
    "companion_at_most_five": TooManyCompanions,
    "companion_is_another": CompanionIsOneself,
    "firm_agent_once": Conflict,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "person_id_type": "written from IdType",
    "person_language": "written from Language",
    "person_phone_whole": "phone and index are written together",
    "person_given_phone_until_own": "whoever writes a phone removes the one that was given",
    "person_made_by_whole": "written together when the record is made",
    "person_made_by_kind": "written from ActorKind by the two operations that make records",
    "account_joining_person": "the operation has the person's row locked",
    "account_joining_proof": "written from Proof",
    "companion_refused_is_not_agreed": "a refusal takes the consent away in one statement",
    "companion_refused_has_no_place": "a refusal takes the place away in one statement",
    "person_real_name_whole": "name and document are written together",
    "person_known_by_something": "made from a phone or a document, neither of which is removed",
    "sign_in_code_purpose": "written from CodePurpose",
    "sign_in_code_for_whom": "the purpose decides whether there is a person",
    "sign_in_code_language": "written from Language",
    "sign_in_code_tries": "counted only below the limit",
    "sign_in_code_spent_is_forgotten": "spending removes the code",
    "staff_username": "checked against the same pattern before",
    "staff_totp_confirmed": "only a secret that is there is confirmed",
    "staff_failed_tries": "counts upwards from zero",
    "staff_role_role": "written from Role",
    "sign_in_session_one_holder": "begun for a citizen or for staff",
    "companion_place": "counted from one to the limit",
    "companion_citizen": "the citizen is signed in",
    "firm_agent_person": "the citizen is signed in",
    "firm_agent_credit_code": "checked by GB 32100 before",
    "firm_agent_name": "checked against the same length before",
    "api_token_label": "checked against the same length before",
}
