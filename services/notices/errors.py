"""What the constraints of notices mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError


class NoticeExists(Conflict):
    """This event has its notice for this recipient and channel already."""

    code = "notice_exists"


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "notice_one_per_event_recipient_channel": NoticeExists,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "notice_kind": "written from Kind",
    "notice_channel": "written from Channel",
    "notice_status": "written from NoticeStatus",
    "notice_reason": "written from Reason, together with the status it belongs to",
    "notice_settled": "status and time are written together",
}
