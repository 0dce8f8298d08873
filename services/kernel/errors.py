"""Errors with a code, a status and data. The edges translate them; services only raise them."""

from collections.abc import Mapping
from typing import ClassVar

import asyncpg
from msgspec import Struct

from services.kernel.i18n import N_


class DomainError(Exception):
    """Something the business refuses.

    `code` is stable and machine-readable, `status` the HTTP status it maps to, `message` a
    catalogue entry whose `%(name)s` places are filled from `data`. `data` holds no personal data.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This cannot be done now.")

    def __init__(self, **data: object) -> None:
        super().__init__(self.code)
        self.data = data


class FieldError(Struct, frozen=True):
    """What is wrong with one field that a person filled in."""

    field: str
    code: str
    message: str
    data: Mapping[str, object] = {}


class InvalidInput(DomainError):
    """Input that a person can correct; names every field that is wrong."""

    code = "invalid_input"
    status = 422
    message = N_("Please correct the marked fields.")

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


class NotFound(DomainError):
    """It does not exist, or this person may not know that it does."""

    code = "not_found"
    status = 404
    message = N_("We could not find that. Please check the address or the number.")


class NotSignedIn(DomainError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "not_signed_in"
    status = 401
    message = N_("Please sign in first.")


class Forbidden(DomainError):
    """Signed in, but without the role that this takes."""

    code = "forbidden"
    status = 403
    message = N_("Your role does not allow this.")


class Conflict(DomainError):
    """Somebody else was faster; the state is no longer what the caller saw."""

    code = "conflict"
    status = 409
    message = N_("This has just been changed elsewhere. Please look at the present state.")


class RateLimited(DomainError):
    """Too many tries; `retry_after` is in whole seconds."""

    code = "rate_limited"
    status = 429
    message = N_("Too many tries. Please wait %(retry_after)s seconds and try again.")

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part that this needs does not answer. Nothing was changed."""

    code = "unavailable"
    status = 503
    message = N_("The service is busy for a moment. Nothing was changed; please try again.")


class OutcomeUnknown(DomainError):
    """The connection was lost while the work was being committed: it may stand or not."""

    code = "outcome_unknown"
    status = 503
    message = N_("The connection was lost at the last moment. Please look whether it was done.")


# Each leaves a transaction that had not reached its commit undone.
_UNREACHABLE = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)

_by_constraint: dict[str, type[DomainError]] = {}


def register_constraints(constraints: Mapping[str, type[DomainError]]) -> None:
    """Say what breaking each named constraint means to a person.

    Raises ValueError if two areas claim one name.
    """
    for name, error in constraints.items():
        if _by_constraint.setdefault(name, error) is not error:
            raise ValueError(f"constraint {name} is claimed twice")


def registered_constraints() -> Mapping[str, type[DomainError]]:
    """Every constraint name with its error, for the conventions test."""
    return dict(_by_constraint)


def from_database(error: asyncpg.PostgresError) -> DomainError | None:
    """The business's word for what PostgreSQL refused, or None if it has none."""
    if isinstance(error, _UNREACHABLE):
        return Unavailable()
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        known = _by_constraint.get(getattr(error, "constraint_name", None) or "")
        return known() if known else None
    return None


INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "outbox_event_status": "only the outbox writes it, from EventStatus",
    "outbox_event_leased": "status and lease are written together",
    "outbox_event_done": "status and time are written together",
}
