"""What the development catchers keep in the mailbox folder: mails as `.eml`, texts as `.sms.json`.

File names begin with the nanosecond at which they were caught, so that they sort by time.
"""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock_time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import msgspec
from icalendar import Calendar
from msgspec import Struct

from services.kernel.clock import local_moment
from services.notices import Channel, sms_parts

MAIL, TEXT = ".eml", ".sms.json"
NEWEST = 200


class CalendarEntry(Struct, frozen=True, kw_only=True):
    """The calendar part of a mail, as a mail program would read it."""

    method: str
    uid: str
    sequence: int
    status: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str


class Caught(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message. `at` is when it was caught; `parts` how many text messages it is."""

    id: str
    channel: Channel
    to: str
    at: datetime
    text: str
    subject: str = ""
    html: str | None = None
    message_id: str | None = None
    calendar: CalendarEntry | None = None
    parts: int | None = None


class CaughtText(Struct, frozen=True, kw_only=True):
    """A text message as the file holds it; `key` is the sender's idempotency key."""

    to: str
    text: str
    key: str


def keep_text(folder: Path, message: CaughtText) -> bool:
    """Keep a text message; False if one with the same key was kept before."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob(f"*-{message.key}{TEXT}")):
        return False
    name = f"{time.time_ns()}-{message.key}{TEXT}"
    draft = folder / f".{secrets.token_hex(8)}.new"
    draft.write_bytes(msgspec.json.encode(message))
    draft.rename(folder / name)
    return True


def caught(folder: Path, to: str | None = None) -> list[Caught]:
    """What was caught, newest first, at most NEWEST; or only what was sent to one address."""
    return [message for message in _read(folder) if to is None or message.to == to][:NEWEST]


def _read(folder: Path) -> Iterator[Caught]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), reverse=True):
        if path.name.startswith("."):
            continue
        if path.name.endswith(MAIL):
            yield _mail(path)
        elif path.name.endswith(TEXT):
            yield _text(path)


def _at(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.name.partition("-")[0]) / 1e9, UTC)


def _text(path: Path) -> Caught:
    kept = msgspec.json.decode(path.read_bytes(), type=CaughtText)
    return Caught(
        id=path.name.removesuffix(TEXT),
        channel=Channel.SMS,
        to=kept.to,
        at=_at(path),
        text=kept.text,
        parts=sms_parts(kept.text),
    )


def _mail(path: Path) -> Caught:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    return Caught(
        id=path.name.removesuffix(MAIL),
        channel=Channel.EMAIL,
        to=mail["X-Envelope-To"] or "",
        at=_at(path),
        subject=mail["Subject"] or "",
        message_id=mail["Message-ID"],
        text=_content(mail, "text/plain") or "",
        html=_content(mail, "text/html"),
        calendar=_calendar(_content(mail, "text/calendar")),
    )


def _content(mail: EmailMessage, kind: str) -> str | None:
    for part in mail.walk():
        if part.get_content_type() == kind:
            content: str = part.get_content()
            return content
    return None


def _calendar(text: str | None) -> CalendarEntry | None:
    if text is None:
        return None
    calendar = Calendar.from_ical(text)
    [event] = calendar.events
    return CalendarEntry(
        method=str(calendar["METHOD"]),
        uid=event.uid,
        sequence=event.sequence,
        status=str(event["STATUS"]),
        starts_at=_moment(event.start),
        ends_at=_moment(event.end),
        summary=event.summary or "",
        location=event.location or "",
    )


def _moment(value: date | datetime) -> datetime:
    """A moment in a calendar; a whole day begins at midnight."""
    return value if isinstance(value, datetime) else local_moment(value, clock_time.min)
