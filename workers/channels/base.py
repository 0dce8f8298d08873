"""What a channel is, and what it is given."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class CalendarPart(Struct, frozen=True):
    """An iCalendar object and its METHOD (RFC 5546): REQUEST or CANCEL."""

    content: str
    method: str


class Message(Struct, frozen=True, kw_only=True):
    """A notice in words. A channel uses the parts that it can carry; all have `text`."""

    notice_id: UUID
    to: str
    at: datetime
    languages: tuple[str, ...]
    text: str
    subject: str = ""
    html: str = ""
    calendar: CalendarPart | None = None


class Channel(Protocol):
    """One provider's protocol: e-mail by SMTP, text messages by an HTTP gateway.

    A channel is made once a worker, from the settings, and used by many tasks at once. It keeps no
    state about messages: what became of a notice is recorded by who calls it.

    **The one promise.** When `send` returns, the provider has taken the message over. When it
    raises, the provider has most likely not. In doubt (an answer that never came) it raises, and
    the message goes out twice rather than not at all; so every message must carry something by
    which the provider or the recipient can tell a duplicate, made from `notice_id` and the same
    at every try: a Message-ID, an idempotency key.

    **Time.** `send` gives up by itself after `seconds`; the caller renews its lease, which is
    longer, right before. No database connection is held meanwhile.

    **Errors.** Only `workers.failures.Failure` leaves `send`. Its `code` is short, stable and free
    of what the provider said, because providers quote addresses. `for_good` means that this
    address will never do; a fault of ours (credentials, quota) or of the provider is tried again.
    """

    seconds: float

    async def send(self, message: Message) -> None:
        """Hand one message to the provider."""
        ...

    async def close(self) -> None:
        """Close what is kept open between messages."""
        ...
