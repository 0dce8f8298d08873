"""E-mail by SMTP, one conversation a message."""

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib

from services.kernel.settings import Settings
from workers.channels.base import Message
from workers.failures import Failure

# Seven bits throughout: no server on the way has to recode a signed or hashed message.
POLICY = SMTP.clone(cte_type="7bit")
SENDER_NAME = "办事通"
PERMANENT = 500


class EmailChannel:
    """Sends multipart mail: text, HTML and, where there is one, the calendar's entry."""

    seconds = 30.0

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, message: Message) -> None:
        """Deliver to the SMTP server. See `base.Channel`."""
        try:
            async with asyncio.timeout(self.seconds):
                await self._converse(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise Failure(f"smtp_recipient_{code}", for_good=code >= PERMANENT) from None
        except aiosmtplib.SMTPDataError as error:
            raise Failure(f"smtp_data_{error.code}", for_good=error.code >= PERMANENT) from None
        except aiosmtplib.SMTPResponseException as error:
            # Connection, credentials or our own sender address: not the recipient's fault.
            raise Failure(f"smtp_{error.code}") from None
        except TimeoutError:
            raise Failure("smtp_timeout") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Failure(f"smtp_{type(error).__name__}") from None

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _converse(self, message: Message) -> None:
        settings = self._settings
        password = settings.smtp_password
        await aiosmtplib.send(
            self.compose(message).as_bytes(),
            sender=settings.mail_from,
            recipients=[message.to],
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            start_tls=settings.smtp_starttls,
            timeout=self.seconds,
        )

    def compose(self, message: Message) -> EmailMessage:
        """The mail, with the same Message-ID at every try."""
        sender = self._settings.mail_from
        mail = EmailMessage(policy=POLICY)
        mail["Message-ID"] = f"<{message.notice_id}@{sender.rpartition('@')[2]}>"
        mail["Date"] = message.at
        mail["From"] = Address(SENDER_NAME, addr_spec=sender)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = message.subject
        mail["Content-Language"] = ", ".join(message.languages)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        if message.calendar:
            mail.add_alternative(
                message.calendar.content,
                subtype="calendar",
                params={"method": message.calendar.method},
            )
        return mail
