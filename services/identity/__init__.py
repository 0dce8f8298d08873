"""People, staff, sign-in, roles, and the facts of sessions and tokens.

What is imported here is public; anything else is private to the area.
"""

from services.identity.answers import Answer, AskedOnce, answer_once
from services.identity.bookers import (
    Asking,
    Booker,
    agree_to_booker,
    allow_booker,
    asking,
    bookers,
    refuse_booker,
)
from services.identity.callers import verify_caller
from services.identity.codes import (
    CODE_REQUESTED,
    RequestCode,
    SentCode,
    SignInMessage,
    newest_code,
    request_phone_code,
    request_sign_in_code,
    resend_code,
    sent_code,
    sign_in_message,
)
from services.identity.companions import (
    COMPANION_ASKED,
    COMPANIONS,
    Companion,
    add_companion,
    companions,
    remove_companion,
    require_companions,
)
from services.identity.contacts import InvalidContact, normalise_email
from services.identity.corrections import Document, find_person, move_phone, replace_document
from services.identity.counter import (
    RegisterByStaff,
    Registered,
    register_by_staff,
    register_for_partner,
)
from services.identity.errors import (
    CONSTRAINTS,
    CallerRefused,
    CallerUnverified,
    CompanionIsOneself,
    CompanionRefused,
    CompanionUnknown,
    DocumentRefused,
    FirmUnknown,
    IdNumberTaken,
    JoiningRefused,
    KeyBusy,
    KeyReused,
    NameDiffers,
    PhoneTaken,
    ProofRequired,
    RealNameFixed,
    RealNameRequired,
    SecondFactorRefused,
    SignInCodeRefused,
    StaffSignInRefused,
    StaffStepExpired,
    TooManyCompanions,
    TooManyTokens,
    UsernameTaken,
)
from services.identity.firms import AddFirm, Firm, add_firm, firm, firms
from services.identity.housekeeping import purge
from services.identity.joining import RECORD_JOINED, Maker, Vouch, goes_along
from services.identity.members import MemberDetails, check_member, known_members, register_members
from services.identity.people import (
    ChangePhone,
    Details,
    RealName,
    change_phone,
    register_real_name,
    save_details,
    save_me,
    set_reminders,
)
from services.identity.queries import (
    BlindKeys,
    Contact,
    FullPerson,
    Person,
    blind_keys,
    contact,
    display_names,
    number_ends,
    person,
    require_real_name,
    reveal,
    typed_names,
)
from services.identity.rules import (
    CODE_LIFETIME,
    SESSION_LIFETIME,
    STAFF_STEP_LIFETIME,
    TOKEN_LIFETIME,
)
from services.identity.second_factors import Enrolment, enrolment
from services.identity.sessions import (
    OpenSession,
    SessionFacts,
    end_other_sessions,
    end_own_session,
    end_session,
    open_sessions,
    session_facts,
)
from services.identity.sign_in import SignedIn, SignIn, sign_in, sign_in_for_token
from services.identity.staff import (
    CreateStaff,
    StaffMember,
    create_staff,
    deactivate_staff,
    reset_password,
    reset_totp,
    set_roles,
    staff_by_username,
    staff_member,
    staff_members,
    staff_names,
)
from services.identity.staff_sign_in import (
    Enrolled,
    SecondFactor,
    StaffPassword,
    StaffStep,
    check_password,
    confirm_enrolment,
    prove_again,
    second_factor,
)
from services.identity.states import ID_TYPE_NAMES, ROLE_NAMES, IdType, Role, SessionKind
from services.identity.tokens import (
    IssuedToken,
    Token,
    TokenFacts,
    authenticate_token,
    create_token,
    revoke_token,
    tokens,
)
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)
