"""An SMTP server that keeps every message as a file and delivers none.

As a program: `python -m banshi.embedded.mail_catcher PORT FOLDER`.
"""

import asyncio
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MESSAGE = 10 * 1024 * 1024


class MailCatcher:
    """The handler that aiosmtpd calls: one `.eml` file a message, named so that they sort by time.

    `X-Envelope-To` holds the recipients of the SMTP conversation; the message's own header may
    name others.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message; the answer is the SMTP reply."""
        recipients = ", ".join(envelope.rcpt_tos)
        header = f"X-Envelope-To: {recipients}\r\n".encode()
        name = f"{time.time_ns()}-{secrets.token_hex(4)}"
        draft = self.folder / f".{name}.new"
        content = envelope.content or b""
        draft.write_bytes(header + (content if isinstance(content, bytes) else content.encode()))
        draft.rename(self.folder / f"{name}.eml")
        return "250 Message kept"


@asynccontextmanager
async def catching(folder: Path, listener: socket.socket) -> AsyncIterator[None]:
    """Take mail from a bound socket while the block runs; `folder` must be there."""

    def conversation() -> SMTP:
        return SMTP(
            MailCatcher(folder),
            data_size_limit=LARGEST_MESSAGE,
            enable_SMTPUTF8=True,
            hostname="mail-catcher",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(conversation, sock=listener)
    try:
        yield
    finally:
        server.close()


async def serve(port: int, folder: Path) -> None:
    """Take mail on a port of this machine until TERM or INT."""
    listener = socket.create_server(("127.0.0.1", port))
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with catching(folder, listener):
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
