from enum import StrEnum

from services.kernel.i18n import N_


class IdType(StrEnum):
    """The documents a person can be known by."""

    RESIDENT_ID = "resident_id"
    HMT_RESIDENCE_PERMIT = "hmt_residence_permit"
    HM_TRAVEL_PERMIT = "hm_travel_permit"
    TW_TRAVEL_PERMIT = "tw_travel_permit"
    PASSPORT_CN = "passport_cn"
    PASSPORT_FOREIGN = "passport_foreign"
    FOREIGN_PERMANENT_RESIDENCE = "foreign_permanent_residence"


ID_TYPE_NAMES: dict[IdType, str] = {
    IdType.RESIDENT_ID: N_("Resident ID card"),
    IdType.HMT_RESIDENCE_PERMIT: N_("Residence permit for Hong Kong, Macao and Taiwan residents"),
    IdType.HM_TRAVEL_PERMIT: N_("Mainland travel permit for Hong Kong and Macao residents"),
    IdType.TW_TRAVEL_PERMIT: N_("Mainland travel permit for Taiwan residents"),
    IdType.PASSPORT_CN: N_("Chinese passport"),
    IdType.PASSPORT_FOREIGN: N_("Foreign passport"),
    IdType.FOREIGN_PERMANENT_RESIDENCE: N_("Foreigner's permanent residence card"),
}


class Role(StrEnum):
    """What a member of staff may do, at one office or at all of them."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    TELEPHONE_OPERATOR = "telephone_operator"
    PASS_OFFICER = "pass_officer"  # noqa: S105 - a traffic pass, not a password
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ROLE_NAMES: dict[Role, str] = {
    Role.CLERK: N_("Window clerk"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.TELEPHONE_OPERATOR: N_("Telephone operator"),
    Role.PASS_OFFICER: N_("Pass officer"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
}


class CodePurpose(StrEnum):
    """What a code sent to a phone proves: that its holder signs in, or takes it as a new phone."""

    SIGN_IN = "sign_in"
    CHANGE_PHONE = "change_phone"


class SessionKind(StrEnum):
    """Whose session it is; the two never mix in one cookie."""

    CITIZEN = "citizen"
    STAFF = "staff"
