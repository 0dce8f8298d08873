"""Logging that cannot carry personal data: ids and codes only, and a last sieve all the same."""

import logging
import os
import re
import sys
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Keys whose values are written by us and never typed by a person.
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_RESIDENT_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[a-z]{2,}", re.IGNORECASE)
_HAN_NAME_SPACE = re.compile(r"[\u3400-\u9fff]+")
# What each of them needs; most texts have none of it and are through with one look.
_SUSPECT = re.compile(r"\d{11}|@|[\u3400-\u9fff]")


def sieve(text: str) -> str:
    """Blank out whatever looks like a phone, a resident ID, an address or Chinese text."""
    if not _SUSPECT.search(text):
        return text
    text = _RESIDENT_ID.sub("[id]", text)
    text = _PHONE.sub("[phone]", text)
    text = _EMAIL.sub("[email]", text)
    return _HAN_NAME_SPACE.sub("[text]", text)


def _sift(value: Any) -> Any:
    if isinstance(value, str):
        return sieve(value)
    if isinstance(value, dict):
        return {key: _sift(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_sift(inner) for inner in value]
    if isinstance(value, int | float | bool) or value is None:
        return value
    return sieve(str(value))


def _sift_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _sift(value) for key, value in event.items()}


class _Lines(structlog.WriteLogger):
    """Writes our lines straight to a stream, and knows the name of the module they are from."""

    def __init__(self, name: str, stream: TextIO) -> None:
        super().__init__(stream)
        self.name = name


def _json(event: EventDict, **_: object) -> str:
    return msgspec.json.encode(event).decode()


def _renderer(log_format: str) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(_json)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty() or "FORCE_COLOR" in os.environ)


def configure_logging(log_format: str, level: int = logging.INFO) -> None:
    """Send every log line, ours and the libraries', through the same sieve to stderr.

    Exceptions are logged as their type and traceback lines, never with the values in them.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _sift_event,
    ]
    renderer = _renderer(log_format)
    stream = sys.stderr
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=lambda name="": _Lines(name, stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("asyncio", "httpx", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
