"""Who does something: passed to every operation and kept in every audit record."""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from services.kernel.errors import Forbidden, NotSignedIn


class ActorKind(StrEnum):
    """What sort of party acts."""

    ANONYMOUS = "anonymous"
    CITIZEN = "citizen"
    STAFF = "staff"
    PARTNER = "partner"
    SYSTEM = "system"
    KIOSK = "kiosk"


class RoleAt(Struct, frozen=True):
    """A staff role or a partner's scope, at one office or (`office_code` None) at all of them."""

    role: str
    office_code: str | None = None


class Actor(Struct, frozen=True, kw_only=True):
    """One party, as the edge has authenticated it.

    `roles` are those of staff, or what the key grants that a partner has shown.
    """

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
        return self.kind is ActorKind.STAFF and self._holds(roles, office_code)

    def require_role(self, *roles: str, office_code: str | None = None) -> None:
        """Raise NotSignedIn or Forbidden unless `has_role` holds."""
        if self.kind is not ActorKind.STAFF:
            raise NotSignedIn
        if not self.has_role(*roles, office_code=office_code):
            raise Forbidden

    def partner_id(self, scope: str, *, office_code: str | None = None) -> UUID:
        """The partner's key, if what it has shown grants `scope`, at `office_code` if one is given.

        Raises NotSignedIn for anyone else, or Forbidden.
        """
        if self.kind is not ActorKind.PARTNER or self.id is None:
            raise NotSignedIn
        if not self.has_scope(scope, office_code=office_code):
            raise Forbidden(scope=str(scope))
        return self.id

    def has_scope(self, scope: str, *, office_code: str | None = None) -> bool:
        """Whether this is a partner whose key grants `scope`, at `office_code` if one is given."""
        return self.kind is ActorKind.PARTNER and self._holds((scope,), office_code)

    def _holds(self, roles: Collection[str], office_code: str | None) -> bool:
        return any(
            held.role in roles and (office_code is None or held.office_code in (None, office_code))
            for held in self.roles
        )


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS)
SYSTEM = Actor(kind=ActorKind.SYSTEM)
