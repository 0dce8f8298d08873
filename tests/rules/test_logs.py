"""The last sieve before a log line leaves the process."""

import io
import json
import logging
import sys

import pytest
import structlog

from services.kernel.logs import configure_logging, sieve


def test_the_sieve_blanks_what_looks_personal() -> None:
    line = "call 13812345678 of 11010519491231002X (张三) at zhang@example.cn, id 42"
    assert sieve(line) == "call [phone] of [id] ([text]) at [email], id 42"


def test_numbers_that_are_not_personal_stay() -> None:
    for text in ("2026-11-22T08:00:00Z", "01a2023a-2868-743c-ae3a-e6f309d788ed", "port 18000"):
        assert sieve(text) == text


def test_every_line_goes_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        configure_logging("json")
        structlog.get_logger("ours").warning("refused", who="张三", deep={"phone": ["13812345678"]})
        logging.getLogger("theirs").warning("sent to %s", "zhang@example.cn")
        try:
            int("11010519491231002X")
        except ValueError:
            structlog.get_logger("ours").exception("failed")
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()
    written = stream.getvalue()
    for marked in ("张三", "13812345678", "zhang@example.cn", "11010519491231002X"):
        assert marked not in written
    first = json.loads(written.splitlines()[0])
    assert first["event"] == "refused"
    assert first["deep"] == {"phone": ["[phone]"]}
