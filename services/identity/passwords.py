"""Staff passwords: argon2id with the parameters of RFC 9106's second recommendation."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

COST = RFC_9106_LOW_MEMORY  # argon2id, 64 MiB, 3 passes, 4 lanes
_hasher = PasswordHasher.from_parameters(COST)
# Verified for an unknown username, so that the answer takes as long as for a known one. Of a
# password that nobody knows, and written out: to compute it would cost every start of a program.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$rGxcQW8HmNCBKtycDAp7Xg$"
    "D1mljhVKwT4xVrortIi0XIdQkvpyJucAa7QGobMjwdI"
)


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
