"""Staff passwords: argon2id with the parameters of RFC 9106's second recommendation."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()  # argon2id, 64 MiB, 3 passes, 4 lanes
# Verified for an unknown username, so that the answer takes as long as for a known one.
_NOBODY = _hasher.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """The hash to keep; computed in a thread, since it takes tens of milliseconds on purpose."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(kept: str | None, typed: str) -> bool:
    """Whether `typed` is the password; with `kept` None the same work is done for nothing."""
    matches = await asyncio.to_thread(_verify, kept or _NOBODY, typed)
    return matches and kept is not None


def _verify(kept: str, typed: str) -> bool:
    try:
        return _hasher.verify(kept, typed.encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False
