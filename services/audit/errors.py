"""What the audit's constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError


class SealedMeanwhile(Conflict):
    """Another worker sealed these records first."""

    code = "sealed_meanwhile"


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "audit_seal_pk": SealedMeanwhile,
    "audit_seal_one_per_record": SealedMeanwhile,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "audit_record_actor_kind": "written from ActorKind",
    "audit_seal_position": "the sealer counts from one",
    "audit_seal_digest": "always an HMAC-SHA-256",
    "audit_check_head_whole": "position and digest are written together",
    "audit_check_finding": "verify names these alone",
    "audit_check_finding_whole": "a finding is written whole",
}
