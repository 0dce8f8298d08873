"""Who does something: passed to every operation and kept in every audit record."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from services.kernel.errors import Forbidden, NotSignedIn


class ActorKind(StrEnum):
    """What sort of party acts."""

    ANONYMOUS = "anonymous"
    CITIZEN = "citizen"
    STAFF = "staff"
    SYSTEM = "system"
    KIOSK = "kiosk"


class RoleAt(Struct, frozen=True):
    """A staff role, at one office or (`office_code` None) at all of them."""

    role: str
    office_code: str | None = None


class Actor(Struct, frozen=True, kw_only=True):
    """One party, as the edge has authenticated it."""

    kind: ActorKind
    id: UUID | None = None
    roles: tuple[RoleAt, ...] = ()
    language: str = "zh_CN"
    request_id: str | None = None

    def person_id(self) -> UUID:
        """The citizen's key. Raises NotSignedIn for anyone else."""
        if self.kind is not ActorKind.CITIZEN or self.id is None:
            raise NotSignedIn
        return self.id

    def has_role(self, *roles: str, office_code: str | None = None) -> bool:
        """Whether this is staff with one of `roles`, at `office_code` if one is given."""
        return self.kind is ActorKind.STAFF and any(
            held.role in roles and (office_code is None or held.office_code in (None, office_code))
            for held in self.roles
        )

    def require_role(self, *roles: str, office_code: str | None = None) -> None:
        """Raise NotSignedIn or Forbidden unless `has_role` holds."""
        if self.kind is not ActorKind.STAFF:
            raise NotSignedIn
        if not self.has_role(*roles, office_code=office_code):
            raise Forbidden


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
