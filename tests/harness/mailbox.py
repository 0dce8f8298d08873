"""Reading what the embedded catchers kept."""

import email
import email.policy
import json
from email.message import EmailMessage
from pathlib import Path


class Mailbox:
    """The worker's caught mail, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """Every message, or those sent to one address."""
        found = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.folder.glob("*.eml"))
        ]
        return [mail for mail in found if to is None or to in mail["X-Envelope-To"].split(", ")]

    def texts(self, to: str | None = None) -> list[str]:
        """Every text message, or those sent to one phone."""
        kept = [json.loads(path.read_bytes()) for path in sorted(self.folder.glob("*.sms.json"))]
        return [each["text"] for each in kept if to is None or each["to"] == to]

    def clear(self) -> None:
        """Forget everything that was caught, text messages included."""
        for path in self.folder.iterdir():
            path.unlink()
