"""`banshi dev` as a person has it: started, interrupted, killed, started again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
import pytest

from banshi.embedded.postgres import DATABASE, Postgres
from banshi.supervision.house import free_port

PATIENCE = 90
REFUSED = 2


class Dev:
    """One running `banshi dev`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder.with_suffix(f".{time.monotonic_ns()}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "--port", str(port), "--data-dir", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.family: list[psutil.Process] = []

    def said(self) -> str:
        return self.log.read_text()

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def wait_until_ready(self) -> None:
        self.wait(lambda: f"\nready {self.url}\n" in self.said())
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def part(self, name: str) -> psutil.Process:
        pid, _ = (self.folder / "pids" / f"{name}.pid").read_text().split()
        return psutil.Process(int(pid))

    def send(self, number: signal.Signals) -> int:
        """Send a signal as a terminal does, to the whole process group; the exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE)

    def nobody_is_left(self) -> bool:
        _, alive = psutil.wait_procs(self.family, timeout=15)
        return not alive


COMMAND = (sys.executable, "-m", "banshi", "dev")


def start(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    arguments = [*COMMAND, "--port", str(port), "--data-dir", str(folder)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=PATIENCE)


@contextmanager
def starting(folder: Path, port: int) -> Iterator[Dev]:
    dev = Dev(folder, port)
    try:
        yield dev
    finally:
        if dev.process.poll() is None:
            dev.send(signal.SIGTERM)


@contextmanager
def running(folder: Path, port: int) -> Iterator[Dev]:
    with starting(folder, port) as dev:
        dev.wait_until_ready()
        yield dev


def remember(folder: Path, word: str) -> None:
    async def write() -> None:
        connection = await Postgres(folder / "postgres").connect(DATABASE)
        # In a schema of its own: what is in public belongs to the owner's role.
        await connection.execute("CREATE SCHEMA kept; CREATE TABLE kept.words (word text)")
        await connection.execute("INSERT INTO kept.words VALUES ($1)", word)
        await connection.close()

    asyncio.run(write())


def remembered(folder: Path) -> str:
    async def read() -> str:
        connection = await Postgres(folder / "postgres").connect(DATABASE)
        word: str = await connection.fetchval("SELECT word FROM kept.words")
        await connection.close()
        return word

    return asyncio.run(read())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that is not there yet, with a path short enough for sockets."""
    with TemporaryDirectory(prefix="banshi-dev-") as above:
        yield Path(above) / "data"


@pytest.mark.timeout(5 * PATIENCE)
def test_a_life_of_starts_and_ends(folder: Path) -> None:
    port = free_port()

    with running(folder, port) as dev:
        assert httpx.get(f"{dev.url}/readyz").status_code == 200
        secrets = {path: path.read_bytes() for path in (folder / "secrets").iterdir()}
        assert all(path.stat().st_mode & 0o777 == 0o600 for path in secrets)
        remember(folder, "first")

        second = start(folder, free_port())
        assert second.returncode == REFUSED
        assert second.stderr.count("\n") == 1
        assert "in use by another banshi dev" in second.stderr

        assert dev.send(signal.SIGINT) == 0
        assert dev.nobody_is_left()
        assert not list((folder / "pids").iterdir())

    with running(folder, port) as dev:
        assert remembered(folder) == "first"
        assert {path: path.read_bytes() for path in secrets} == secrets
        dev.process.kill()
        dev.process.wait()

    # At once, while the children of the killed one may still be on their way out.
    with running(folder, port) as dev:
        assert remembered(folder) == "first"
        web = dev.part("web")
        web.kill()
        dev.wait(lambda: "web ended (signal SIGKILL); starting it again" in dev.said())
        dev.wait(lambda: (folder / "pids" / "web.pid").exists() and dev.part("web") != web)
        dev.wait(lambda: answers(dev.url))
        dev.family += psutil.Process(dev.process.pid).children(recursive=True)
        dev.process.kill()
        dev.process.wait()
        assert dev.nobody_is_left()

    # The terminal is closed before anything is ready.
    with starting(folder, port) as dev:
        dev.wait(lambda: "ready to accept connections" in dev.said())
        dev.family = psutil.Process(dev.process.pid).children(recursive=True)
        assert dev.send(signal.SIGHUP) == 0
        assert dev.nobody_is_left()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").is_success
    except httpx.TransportError:
        return False


def refused(folder: Path, port: int, why: str) -> None:
    done = start(folder, port)
    assert done.returncode == REFUSED
    assert done.stderr.count("\n") == 1, done.stderr
    assert why in done.stderr


def test_a_used_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        refused(tmp_path / "data", port, f"port {port} cannot be used (Address already in use)")


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    refused(tmp_path, free_port(), "holds something else (thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    refused(tmp_path / "data", free_port(), "is not a folder")


@pytest.mark.parametrize(
    "marker", [{"layout": 99, "postgres": "18"}, {"layout": 1, "postgres": "19"}]
)
def test_a_newer_folder_is_refused(tmp_path: Path, marker: dict[str, object]) -> None:
    (tmp_path / "banshitong.json").write_text(json.dumps(marker))
    refused(tmp_path, free_port(), "was written by another version")


def test_an_unreadable_marker_is_refused(tmp_path: Path) -> None:
    (tmp_path / "banshitong.json").write_text("{")
    refused(tmp_path, free_port(), "is not readable")


@pytest.mark.timeout(2 * PATIENCE)
def test_what_cannot_start_is_named_and_nothing_is_left(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "banshitong.json").write_text('{"layout": 1, "postgres": "18"}')
    (folder / "redis").write_text("in the way of Redis's own folder")
    done = start(folder, free_port())
    assert done.returncode == 1
    assert "redis cannot start: [Errno 17] File exists" in done.stdout
    assert done.stderr == ""
    assert not [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(folder) in " ".join(process.info["cmdline"] or ())
    ]
