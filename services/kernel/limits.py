"""Rate limits: atomic in Redis, and closed when Redis is away.

The generic cell rate algorithm keeps one number a key (when the next try would be on time), so a
burst up to the limit passes at once and tries then trickle in evenly. One Lua script reads, decides
and writes; two processes can never both take the last try. The clock is Redis's own.
"""

import hashlib
from collections.abc import Sequence

from msgspec import Struct
from redis.exceptions import NoScriptError, RedisError

from services.kernel.batches import Batcher
from services.kernel.crypto import keyring
from services.kernel.errors import RateLimited, Unavailable
from services.kernel.redis import redis

# KEYS: one a limit. ARGV: how many tries; then for each try how many of the keys are its own, and
# for each of these the emission interval and the tolerance, in microseconds. All limits of a try
# pass, or none is charged. Returns for each try 0, or the microseconds to wait.
_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local waits = {}
local key, arg = 0, 1
for try = 1, tonumber(ARGV[1]) do
  arg = arg + 1
  local limits = tonumber(ARGV[arg])
  local wait = 0
  local due = {}
  for i = 1, limits do
    local interval = tonumber(ARGV[arg + 2 * i - 1])
    local tolerance = tonumber(ARGV[arg + 2 * i])
    local tat = math.max(tonumber(redis.call('GET', KEYS[key + i]) or now), now)
    wait = math.max(wait, tat - tolerance - now)
    due[i] = tat + interval
  end
  if wait == 0 then
    for i = 1, limits do
      redis.call('SET', KEYS[key + i], string.format('%.0f', due[i]),
        'PX', math.ceil((due[i] - now) / 1000) + 1000)
    end
  end
  waits[try] = wait
  key = key + limits
  arg = arg + 2 * limits
end
return waits
"""


class Limit(Struct, frozen=True):
    """At most `times` within `seconds`, for one subject; `name` separates the counters."""

    name: str
    times: int
    seconds: int


class _Charge(Struct, frozen=True):
    """One try: its counters, and of each the interval and the tolerance."""

    keys: tuple[str, ...]
    figures: tuple[int, ...]


async def charge(*pairs: tuple[Limit, str]) -> None:
    """Count one try against each (limit, subject), all or none.

    A subject (a phone, an address) is stored only as a keyed digest. Raises RateLimited with the
    seconds to wait, or Unavailable when Redis does not answer: a limit that cannot be counted is
    not a limit.
    """
    figures: list[int] = []
    for limit, _ in pairs:
        interval = limit.seconds * 1_000_000 // limit.times
        figures += [interval, interval * (limit.times - 1)]
    asked = _Charge(tuple(_key(limit, subject) for limit, subject in pairs), tuple(figures))
    try:
        wait = await _waiting.ask(asked)
    except RedisError as error:
        raise Unavailable from error
    if wait > 0:
        raise RateLimited(retry_after=-(-wait // 1_000_000))


async def _charge_all(charges: Sequence[_Charge]) -> list[int]:
    """Those who try in the same moment share a round trip; their order is that of arrival."""
    keys = [key for one in charges for key in one.keys]
    arguments = [str(len(charges))]
    for one in charges:
        arguments += map(str, (len(one.keys), *one.figures))
    client = redis()
    try:
        waits = await client.evalsha(_SHA, len(keys), *keys, *arguments)  # type: ignore[misc]  # redis-py types eval as sync or async
    except NoScriptError:
        waits = await client.eval(_SCRIPT, len(keys), *keys, *arguments)  # type: ignore[misc]  # as above
    return [int(wait) for wait in waits]


_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
_waiting: Batcher[_Charge, int] = Batcher(_charge_all, largest=256)


def _key(limit: Limit, subject: str) -> str:
    digest = keyring().blind_index(f"limit:{limit.name}", subject).hex()[:32]
    return f"limit:{limit.name}:{digest}"


async def forgive(limit: Limit, subject: str) -> None:
    """Forget what `subject` was charged against `limit`, after a success."""
    try:
        await redis().delete(_key(limit, subject))
    except RedisError as error:
        raise Unavailable from error
