"""docs/api.md and docs/partners.md are true: run with curl against real processes.

The answer under a block is compared part by part. Moments, keys, tokens and references differ from
run to run; there the kind is compared.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import pytest
from msgspec import Struct

from services.appointments import Rule
from services.kernel.ids import normalise_reference
from tests.bookings import keep_rule, open_hall
from tests.faults.conftest import until
from tests.harness.receiver import receiving
from tests.partners import new_endpoint, new_key, new_partner

DOCUMENTS: Final = Path(__file__).parents[2] / "docs"
_BLOCK: Final = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS: Final = 90
VARYING: Final = {
    "a token": re.compile(r"bst_[\w-]+…?"),
    "a secret": re.compile(r"whsec_[\w+/=]+"),
    "a key": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "a request": re.compile(r"urn:banshitong:request:\w+"),
    "a day": re.compile(r"\d{4}-\d\d-\d\d"),
    "a moment": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+08:00)"),
}


class Step(Struct):
    """A block of shell, and what is printed under it."""

    shell: str
    kind: str = ""
    shown: str = ""


def blocks_of(document: Path) -> list[tuple[str, str]]:
    """A document's blocks of code in order, each with its kind."""
    return [(found["kind"], found["text"]) for found in _BLOCK.finditer(document.read_text())]


def steps(document: Path) -> Iterator[Step]:
    """A document's shell blocks in order, each with the answer that follows it."""
    blocks = blocks_of(document)
    following = [*blocks[1:], ("sh", "")]
    for (kind, text), (next_kind, next_text) in zip(blocks, following, strict=True):
        if kind == "sh":
            yield Step(text) if next_kind == "sh" else Step(text, next_kind, next_text)


def likeness(value: Any) -> Any:
    """What must be the same in every run: the structure, and of what varies the kind."""
    if isinstance(value, dict):
        return {key: likeness(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [likeness(inner) for inner in value]
    return kind_of(value) if isinstance(value, str) else value


def kind_of(text: str) -> str:
    """The kind of a text that varies; any other text itself."""
    if normalise_reference(text):
        return "a reference"
    return next((kind for kind, shape in VARYING.items() if shape.fullmatch(text)), text)


async def run(story: list[Step], base_url: str, **environment: str) -> list[str]:
    """What each block prints, all of them in one shell."""
    script = "set -euo pipefail\n" + "".join(f"{step.shell}printf '\\0'\n" for step in story)
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HALL": base_url, "no_proxy": "*", **environment},
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            printed, complaints = await shell.communicate()
    finally:
        if shell.returncode is None:
            shell.kill()
    assert shell.returncode == 0, complaints.decode() + printed.decode()
    return printed.decode().split("\0")[:-1]


async def test_the_story_is_true(live_server: str) -> None:
    now = datetime.now(UTC)
    await open_hall(now, seats=6)
    # A hall that one person fills, where what is given back comes back at once.
    small = "donge"
    await keep_rule(Rule(return_min_minutes=0, return_max_minutes=0), office_code=small)
    await open_hall(now, office_code=small, starts=time(14), ends=time(15), seats=1)
    await check(DOCUMENTS / "api.md", live_server, SMALL=small)


async def test_the_partners_story_is_true(live_server: str) -> None:
    """The Python that it shows verifies what the worker really sends."""
    now = datetime.now(UTC)
    await open_hall(now, seats=6)
    document = DOCUMENTS / "partners.md"
    [shown] = [text for kind, text in blocks_of(document) if kind == "python"]
    code: dict[str, Any] = {}
    exec(shown, code)
    partner_id = await new_partner(now)
    async with receiving() as receiver:
        endpoint = await new_endpoint(partner_id, receiver.url, now=now)
        await check(document, live_server, KEY=await new_key(partner_id, now=now))
        await until(lambda: len(receiver.taken) >= 2, "booked and cancelled are told")
    taken = receiver.taken[0]
    assert code["is_genuine"](endpoint.secret, taken.headers, taken.body)
    assert not code["is_genuine"](endpoint.secret, taken.headers, taken.body + b" ")
    types = {json.loads(each.body)["type"] for each in receiver.taken}
    assert types == {"appointment.booked", "appointment.cancelled"}


async def check(document: Path, base_url: str, **environment: str) -> None:
    """Run a document's story, and hold each answer against the one that it shows."""
    if shutil.which("curl") is None:
        pytest.fail("the pages speak to the API with curl: install curl", pytrace=False)
    story = list(steps(document))
    printed = await run(story, base_url, **environment)
    for step, answer in zip(story, printed, strict=True):
        if step.kind == "json":
            assert likeness(json.loads(answer)) == likeness(json.loads(step.shown)), step.shell
        elif step.kind:
            assert answer == step.shown, step.shell
