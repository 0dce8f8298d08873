"""The connection to arq's queue: names and serialisation that both of its ends agree on."""

from typing import Any

import msgspec
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

QUEUE = "banshi:jobs"
DRAIN = "drain_outbox"


def pack(value: Any) -> bytes:
    """A job as it lies in Redis. Never pickle: whoever can write to Redis could run code."""
    return msgspec.msgpack.encode(value, enc_hook=repr)


def unpack(packed: bytes) -> Any:
    """What `pack` has packed."""
    return msgspec.msgpack.decode(packed)


def queue_on(pool: ConnectionPool) -> ArqRedis:
    """A client of the queue on a pool of connections."""
    return ArqRedis(
        pool_or_conn=pool,
        job_serializer=pack,
        job_deserializer=unpack,
        default_queue_name=QUEUE,
    )
