"""The commands of docs/operations.md: what was backed up is there again after a restore."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import asyncpg
import pytest

from banshi.embedded.postgres import INSTALLATION, OWNER_ROLE
from services import audit
from services.kernel.actor import SYSTEM
from services.kernel.clock import FixedClock
from services.kernel.unit_of_work import unit_of_work
from tests.harness.run import Worker

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def documented(program: str) -> list[str]:
    """The command line of that program on the page, without Docker and redirections."""
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(rf"exec -T postgres +({program} [^<>\n]+)", text)
    assert found is not None
    return shlex.split(found[1])


def run(worker: Worker, program: str, database: str, dump: Path) -> None:
    command = [database if word == "banshitong" else word for word in documented(program)]
    environment = {
        "PATH": f"{INSTALLATION / 'bin'}:{os.environ['PATH']}",
        "PGHOST": str(worker.run.postgres.socket_folder),
    }
    if program == "pg_dump":
        with dump.open("wb") as output:
            subprocess.run(command, check=True, env=environment, stdout=output)
    else:
        with dump.open("rb") as source:
            subprocess.run(command, check=True, env=environment, stdin=source)


@pytest.mark.usefixtures("committed_database")
async def test_a_restored_database_works_and_its_chain_is_sound(
    worker: Worker, clock: FixedClock, tmp_path: Path
) -> None:
    async with unit_of_work():
        await audit.record(
            SYSTEM, "test.backed_up", subject="test", subject_id="1", data={}, now=clock.now()
        )
    await audit.seal(clock.now())
    head = await audit.head()
    assert head is not None

    restored = f"{worker.database}_restored"
    run(worker, "pg_dump", worker.database, tmp_path / "dump")
    await worker.run.postgres.create_database(restored)
    try:
        run(worker, "pg_restore", restored, tmp_path / "dump")
        assert worker.banshi("migrate", database=restored) == "nothing to migrate\n"
        expected = f"{head.position}:{head.digest}"
        verified = worker.banshi("audit", "verify", "--expect", expected, database=restored)
        assert verified == f"sound; head {expected}\n"
        owner = await asyncpg.connect(worker.run.postgres.url(OWNER_ROLE, restored))
        assert await owner.fetchval("SELECT count(*) FROM audit_record") == 1
        await owner.close()
    finally:
        connection = await worker.run.postgres.connect()
        await connection.execute(f'DROP DATABASE "{restored}" WITH (FORCE)')
        await connection.close()
