"""Every topic is consumed, and every code that an administrator reads has words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import services
from services import notices, partners
from services.audit.chain import FINDINGS
from services.kernel.actor import ActorKind
from services.notices import Lane
from web.admin import words
from workers.consumers import CONSUMERS

SOURCES = sorted(Path(services.__path__[0]).rglob("*.py"))
# `area.verb`, as the audit's actions and the outbox's topics are written.
CODE = re.compile(
    r"(appointments?|audit|catalog|identity|notices|outbox|partners|queue|ratings)\.[a-z_]+"
)
# Put together of parts, in services/identity/second_factors.py.
PUT_TOGETHER = {"identity.staff_signed_in", "identity.staff_signed_in_by_recovery"}
PUBLISH = ("publish", "publish_all")
DUE = {partners.WEBHOOK_DUE, *(lane.topic for lane in Lane)}


def constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def published(tree: ast.AST) -> bool:
    """Whether a module publishes events."""
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith(PUBLISH)
        for node in ast.walk(tree)
    )


@pytest.fixture(scope="module")
def codes() -> dict[str, str]:
    """Every code in the source, and a file that it stands in."""
    found: dict[str, str] = {}
    for path in SOURCES:
        for text in constants(ast.parse(path.read_text(encoding="utf-8"))):
            if CODE.fullmatch(text):
                found[text] = str(path.relative_to(Path(services.__path__[0])))
    return found


def subjects() -> set[str]:
    return {
        keyword.value.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "subject"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    }


def test_every_published_topic_is_consumed_and_every_consumed_topic_published() -> None:
    topics: set[str] = set()
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not published(tree):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                value = node.value.value
                if isinstance(value, str) and CODE.fullmatch(value):
                    topics.add(value)
    assert topics | DUE == set(CONSUMERS) | DUE


def test_publishing_takes_a_named_topic() -> None:
    """A literal in the call would escape the test above."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(PUBLISH):
                literal = node.args and isinstance(node.args[0], ast.Constant)
                assert not literal, f"{path}: name the topic"


def test_every_topic_has_a_name() -> None:
    assert set(words.TOPICS) == set(CONSUMERS) | DUE


def test_every_action_has_words_and_all_words_an_action(codes: dict[str, str]) -> None:
    actions = {code: file for code, file in codes.items() if code not in set(CONSUMERS) | DUE}
    assert set(words.ACTIONS) == set(actions) | PUT_TOGETHER


def test_every_area_subject_actor_and_finding_has_a_name() -> None:
    assert set(words.AREAS) == {action.partition(".")[0] for action in words.ACTIONS}
    assert set(words.SUBJECTS) == subjects()
    assert set(words.ACTORS) == set(ActorKind)
    assert set(words.FINDINGS) == FINDINGS


def test_every_failure_that_our_workers_report_has_its_own_sentence() -> None:
    reported = (
        *("smtp_recipient_550", "smtp_data_554", "smtp_421", "smtp_timeout"),
        *("smtp_SMTPConnectError", "sms_503", "sms_422", "sms_timeout", "sms_ConnectError"),
        *("webhook_timeout", "webhook_url_not_public", "webhook_307", "webhook_400"),
        *("webhook_503", "webhook_ConnectError"),
        *("worker_died_each_time", notices.Reason.NO_ADDRESS),
    )
    assert words.OTHER_FAILURE not in map(words.failure, reported)
    assert words.failure("ZeroDivisionError") == words.OTHER_FAILURE


def test_the_audit_knows_no_other_public_reading() -> None:
    """Whoever searches on a page does so with `look`, which leaves a trace."""
    pages = (Path(services.__path__[0]).parent / "web").rglob("*.py")
    assert not [path for path in pages if "audit.search(" in path.read_text(encoding="utf-8")]
