"""A hall with many windows and a clerk at each, signed in, and people with numbers in line."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from benchmarks.hall import Hall
from services.kernel.clock import local_date

LINES = ("household", "vehicle", "exit_entry", "firm")
LETTERS = {"household": "H", "vehicle": "V", "exit_entry": "E", "firm": "F"}


class Clerk(Struct, frozen=True):
    """A window, who sits there, and the cookies of their browser."""

    number: int
    window_id: UUID
    staff_id: UUID
    lines: tuple[str, ...]
    cookies: Mapping[str, str]


def window_key(hall: int, number: int) -> UUID:
    """A key that pgbench can compute as well; `hall` tells the offices apart."""
    return UUID(f"00000000-0000-7000-a{hall:03x}-{number:012x}")


def staff_key(hall: int, number: int) -> UUID:
    """The same for the clerk at a window."""
    return UUID(f"00000000-0000-7000-b{hall:03x}-{number:012x}")


async def seat_clerks(hall: Hall, office: str, key: int, windows: int) -> list[Clerk]:
    """Put `windows` windows in place of the office's own, each with a clerk who is signed in.

    Each window serves one line, and every fourth the next one as well.
    """
    now = datetime.now(UTC)
    clerks = [
        Clerk(
            number=number,
            window_id=window_key(key, number),
            staff_id=staff_key(key, number),
            lines=tuple({LINES[number % 4], LINES[(number + (number % 16 == 0)) % 4]}),
            cookies={"session": secrets.token_hex(32)},
        )
        for number in range(1, windows + 1)
    ]
    await _write(hall, office, clerks, now)
    await _sign_in(hall, clerks)
    token = await _csrf(hall, office, clerks[0])
    return [msgspec.structs.replace(one, cookies={**one.cookies, **token}) for one in clerks]


async def _write(hall: Hall, office: str, clerks: list[Clerk], now: datetime) -> None:
    connection = await hall.connect()
    try:
        async with connection.transaction():
            await connection.execute("DELETE FROM office_window WHERE office_code = $1", office)
            await connection.executemany(
                "INSERT INTO office_window (id, office_code, number, active, name_zh, name_en)"
                " VALUES ($1, $2, $3, true, '窗口', 'Window')",
                [(one.window_id, office, one.number) for one in clerks],
            )
            await connection.executemany(
                "INSERT INTO window_line (id, window_id, line) VALUES (gen_random_uuid(), $1, $2)",
                [(one.window_id, line) for one in clerks for line in one.lines],
            )
            await connection.executemany(
                "INSERT INTO staff (id, username, display_name, password_hash, totp_last_step,"
                " failed_tries, epoch, created_at) VALUES ($1, $2, '王敏', '', 0, 0, 1, $3)",
                [(one.staff_id, f"{office}{one.number}", now) for one in clerks],
            )
            await connection.executemany(
                "INSERT INTO staff_role (id, staff_id, role, office_code)"
                " VALUES (gen_random_uuid(), $1, 'clerk', $2)",
                [(one.staff_id, office) for one in clerks],
            )
            await connection.executemany(
                "INSERT INTO window_session (id, window_id, staff_id, sat_down_at)"
                " VALUES (gen_random_uuid(), $1, $2, $3)",
                [(one.window_id, one.staff_id, now) for one in clerks],
            )
            await connection.executemany(
                "INSERT INTO sign_in_session (id, staff_id, device, started_at, seen_at, ends_at,"
                " proven) VALUES ($1, $1, 'benchmark', $2, $2, $3, false)",
                [(one.staff_id, now, now + timedelta(hours=8)) for one in clerks],
            )
    finally:
        await connection.close()


async def _sign_in(hall: Hall, clerks: list[Clerk]) -> None:
    """What the web keeps of a session; passwords would take the benchmark's time."""
    redis = Redis.from_url(hall.redis.url)
    for one in clerks:
        digest = hashlib.sha256(one.cookies["session"].encode()).hexdigest()
        holder = {"kind": "staff", "session_id": str(one.staff_id), "epoch": 1}
        await redis.set(f"session:{digest}", msgspec.json.encode({"holder": holder}), ex=8 * 3600)
    await redis.aclose()


async def _csrf(hall: Hall, office: str, clerk: Clerk) -> dict[str, str]:
    address = f"http://127.0.0.1:{hall.port}/desk/{office}/windows/{clerk.number}"
    async with httpx.AsyncClient(trust_env=False, cookies=dict(clerk.cookies)) as client:
        answer = await client.get(address)
        answer.raise_for_status()
        return {"csrf": client.cookies["csrf"]}


async def give_numbers(hall: Hall, office: str, count: int) -> None:
    """`count` people in line since this morning, some before their turn by their class."""
    now = datetime.now(UTC)
    records = []
    for number in range(count):
        line = LINES[number % 4]
        came = now - timedelta(hours=3) + timedelta(milliseconds=number)
        ahead = timedelta(minutes=20 if number % 10 == 0 else 0)
        records.append(
            (UUID(int=secrets.randbits(128)), office, line, local_date(now),
             f"{LETTERS[line]}{number // 4 + 1:03}", "walk_in",
             "elderly_or_disabled" if ahead else "normal", "waiting",
             came, came - ahead, came, 0, 0)
        )  # fmt: skip
    connection = await hall.connect()
    try:
        await connection.copy_records_to_table(
            "ticket",
            columns=["id", "office_code", "line", "day", "number", "kind", "priority", "status",
                     "checked_in_at", "order_at", "in_line_at", "call_count", "version"],
            records=records,
        )  # fmt: skip
        await connection.execute("ANALYZE ticket")
    finally:
        await connection.close()
