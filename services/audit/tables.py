"""The audit's tables. The application's role may add to them and read them, nothing else."""

from piccolo.columns import JSONB, UUID, BigInt, Bytea, Text, Timestamptz
from piccolo.table import Table


class AuditRecord(Table, tablename="audit_record"):
    """One deed or one look."""

    id = UUID(primary_key=True, default=None)
    at = Timestamptz(null=False, default=None)
    actor_kind = Text(null=False, default=None)
    actor_id = UUID(null=True, default=None)
    action = Text(null=False, default=None)
    subject = Text(null=False, default=None)
    subject_id = Text(null=False, default=None)
    office_code = Text(null=True, default=None)
    data = JSONB(null=False, default=None)
    request_id = Text(null=True, default=None)


class AuditSeal(Table, tablename="audit_seal"):
    """One link of the chain: the digest of the link before it and of its record."""

    position = BigInt(primary_key=True, default=None)
    record_id = UUID(null=False, default=None)
    sealed_at = Timestamptz(null=False, default=None)
    digest = Bytea(null=False, default=None)


class AuditCheck(Table, tablename="audit_check"):
    """One walk along the chain and what it found."""

    id = UUID(primary_key=True, default=None)
    at = Timestamptz(null=False, default=None)
    head_position = BigInt(null=True, default=None)
    head_digest = Bytea(null=True, default=None)
    finding = Text(null=True, default=None)
    position = BigInt(null=True, default=None)
    record_id = Text(null=True, default=None)
    record_at = Text(null=True, default=None)
