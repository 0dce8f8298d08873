"""Rate limits: atomic in Redis, and closed when Redis is away.

The generic cell rate algorithm keeps one number a key (when the next try would be on time), so a
burst up to the limit passes at once and tries then trickle in evenly. One Lua script reads, decides
and writes; two processes can never both take the last try. The clock is Redis's own.
"""

from msgspec import Struct
from redis.exceptions import RedisError

from services.kernel.crypto import keyring
from services.kernel.errors import RateLimited, Unavailable
from services.kernel.redis import redis

# KEYS: one a limit. ARGV: for each key, emission interval and tolerance, in microseconds.
# All limits pass, or none is charged. Returns 0, or the microseconds to wait.
_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local wait = 0
local due = {}
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[2 * i - 1])
  local tolerance = tonumber(ARGV[2 * i])
  local tat = math.max(tonumber(redis.call('GET', key) or now), now)
  local early = tat - tolerance - now
  if early > wait then wait = early end
  due[i] = tat + interval
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', due[i]),
    'PX', math.ceil((due[i] - now) / 1000) + 1000)
end
return 0
"""


class Limit(Struct, frozen=True):
    """At most `times` within `seconds`, for one subject; `name` separates the counters."""

    name: str
    times: int
    seconds: int


async def charge(*pairs: tuple[Limit, str]) -> None:
    """Count one try against each (limit, subject), all or none.

    A subject (a phone, an address) is stored only as a keyed digest. Raises RateLimited with the
    seconds to wait, or Unavailable when Redis does not answer: a limit that cannot be counted is
    not a limit.
    """
    keys: list[str] = []
    arguments: list[str] = []
    for limit, subject in pairs:
        digest = keyring().blind_index(f"limit:{limit.name}", subject).hex()[:32]
        keys.append(f"limit:{limit.name}:{digest}")
        interval = limit.seconds * 1_000_000 // limit.times
        arguments += [str(interval), str(interval * (limit.times - 1))]
    try:
        wait = int(await redis().eval(_SCRIPT, len(keys), *keys, *arguments))  # type: ignore[misc]  # redis-py types eval as sync or async
    except RedisError as error:
        raise Unavailable from error
    if wait > 0:
        raise RateLimited(retry_after=-(-wait // 1_000_000))


async def forgive(limit: Limit, subject: str) -> None:
    """Forget what `subject` was charged against `limit`, after a success."""
    digest = keyring().blind_index(f"limit:{limit.name}", subject).hex()[:32]
    try:
        await redis().delete(f"limit:{limit.name}:{digest}")
    except RedisError as error:
        raise Unavailable from error
