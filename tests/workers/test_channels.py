"""The ways out of the house: a real SMTP server, and /dev's gateway, which answers as real ones."""

import asyncio
import socket
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from litestar import Litestar
from msgspec import structs
from pydantic import SecretStr

from banshi.embedded.mail_catcher import MailCatcher
from services.kernel.settings import Settings
from services.notices import Channel as ChannelName
from services.notices import Kind
from tests.harness.mailbox import Mailbox
from tests.workers.dispatches import EMAIL, NOW, PHONE, dispatch
from web.app import create_app
from workers.channels import Channel, Message, channels
from workers.channels.email import EmailChannel
from workers.channels.sms import SmsChannel
from workers.failures import Failure
from workers.rendering import render


@pytest.fixture
def mail() -> Message:
    return render(dispatch(), NOW)


@pytest.fixture
def text() -> Message:
    return render(dispatch(Kind.SIGN_IN_CODE, ChannelName.SMS), NOW)


def test_there_is_a_way_for_every_channel_and_it_ends_before_its_lease(settings: Settings) -> None:
    ways: dict[ChannelName, Channel] = dict(channels(settings))
    assert set(ways) == set(ChannelName)
    assert all(way.seconds < 60 for way in ways.values())


def lines(text: str) -> list[str]:
    """The text without regard to how its lines end."""
    return text.strip().splitlines()


class Refusing(MailCatcher):
    """Says no at one stage of the conversation."""

    def __init__(self, folder: Path, stage: str, answer: str) -> None:
        super().__init__(folder)
        self.stage = stage
        self.answer = answer

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.stage == "mail":
            return self.answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.stage == "rcpt":
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.stage == "data":
            return self.answer
        return await super().handle_DATA(server, session, envelope)


class TestEmail:
    @pytest.fixture
    def channel(self, settings: Settings) -> EmailChannel:
        return EmailChannel(settings)

    async def test_it_travels_whole(
        self, channel: EmailChannel, mail: Message, mailbox: Mailbox
    ) -> None:
        await channel.send(mail)
        [caught] = mailbox.mails(to=EMAIL)
        assert caught["Subject"] == mail.subject
        assert caught["Message-ID"] == f"<{mail.notice_id}@banshitong.invalid>"
        assert caught["From"].addresses[0].display_name == "办事通"
        assert caught["Auto-Submitted"] == "auto-generated"
        assert caught.get_content_type() == "multipart/alternative"
        kinds = {part.get_content_type(): part for part in caught.iter_parts()}
        assert list(kinds) == ["text/plain", "text/html", "text/calendar"]
        assert lines(kinds["text/plain"].get_content()) == lines(mail.text)
        assert lines(kinds["text/html"].get_content()) == lines(mail.html)
        assert kinds["text/calendar"].get_param("method") == "REQUEST"

    def test_it_is_plain_seven_bit_with_short_lines(
        self, channel: EmailChannel, mail: Message
    ) -> None:
        raw = channel.compose(mail).as_bytes()
        assert raw.isascii()
        assert max(len(line) for line in raw.split(b"\r\n")) < 998

    def test_every_try_has_the_same_message_id(self, channel: EmailChannel, mail: Message) -> None:
        later = structs.replace(mail, text="another try")
        ids = {channel.compose(each)["Message-ID"] for each in (mail, later)}
        assert len(ids) == 1

    def test_an_address_cannot_add_headers(self, channel: EmailChannel, mail: Message) -> None:
        forged = structs.replace(mail, to="a@example.org\r\nBcc: b@example.org")
        with pytest.raises(ValueError, match=r"invalid|CR|parse|newline|linefeed"):
            channel.compose(forged)

    @pytest.mark.parametrize(
        ("stage", "answer", "code", "for_good"),
        [
            ("rcpt", "550 no such user <wang.fang@example.org>", "smtp_recipient_550", True),
            ("rcpt", "450 mailbox busy", "smtp_recipient_450", False),
            ("data", "554 looks like spam", "smtp_data_554", True),
            ("data", "451 try later", "smtp_data_451", False),
            ("mail", "550 you may not send", "smtp_550", False),
            ("mail", "421 going down", "smtp_421", False),
        ],
    )
    async def test_what_the_server_says(  # noqa: PLR0917 - cases and fixtures
        self,
        settings: Settings,
        mail: Message,
        tmp_path: Path,
        stage: str,
        answer: str,
        code: str,
        for_good: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        handler = Refusing(tmp_path, stage, answer)
        server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            with pytest.raises(Failure) as refused:
                await EmailChannel(settings.model_copy(update={"smtp_port": port})).send(mail)
        finally:
            server.close()
        assert (refused.value.code, refused.value.for_good) == (code, for_good)
        assert EMAIL not in repr(refused.value)
        assert refused.value.__cause__ is None

    async def test_nobody_listens(self, settings: Settings, mail: Message) -> None:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        with pytest.raises(Failure) as refused:
            await EmailChannel(settings.model_copy(update={"smtp_port": port})).send(mail)
        assert (refused.value.code, refused.value.for_good) == ("smtp_SMTPConnectError", False)

    async def test_a_server_that_never_answers(self, settings: Settings, mail: Message) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            update = {"smtp_port": silent.getsockname()[1]}
            channel = EmailChannel(settings.model_copy(update=update))
            channel.seconds = 0.3
            with pytest.raises(Failure) as refused:
                await channel.send(mail)
        assert refused.value.code == "smtp_timeout"

    async def test_without_starttls_nothing_is_said_where_it_is_demanded(
        self, settings: Settings, mail: Message, mailbox: Mailbox
    ) -> None:
        strict = settings.model_copy(update={"smtp_starttls": True})
        with pytest.raises(Failure):
            await EmailChannel(strict).send(mail)
        assert mailbox.mails() == []


class TestText:
    @pytest.fixture
    async def gateway(self, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
        app: Litestar = create_app(settings)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # the same protocol, in Litestar's types
        async with httpx.AsyncClient(transport=transport) as client:
            yield client

    def channel(self, settings: Settings, gateway: httpx.AsyncClient) -> SmsChannel:
        channel = SmsChannel(settings)
        gateway.headers.update(channel._client.headers)
        channel._client = gateway
        return channel

    async def test_it_arrives_once_however_often_it_is_sent(
        self, settings: Settings, gateway: httpx.AsyncClient, text: Message, mailbox: Mailbox
    ) -> None:
        channel = self.channel(settings, gateway)
        await channel.send(text)
        await channel.send(text)
        assert mailbox.texts(to=PHONE) == [text.text]

    async def test_two_notices_with_the_same_words_are_two(
        self, settings: Settings, gateway: httpx.AsyncClient, text: Message, mailbox: Mailbox
    ) -> None:
        channel = self.channel(settings, gateway)
        other = render(dispatch(Kind.SIGN_IN_CODE, ChannelName.SMS), NOW)
        await channel.send(text)
        await channel.send(other)
        assert len(mailbox.texts(to=PHONE)) == 2

    async def test_a_number_that_does_not_exist(
        self, settings: Settings, gateway: httpx.AsyncClient, text: Message, mailbox: Mailbox
    ) -> None:
        with pytest.raises(Failure) as refused:
            await self.channel(settings, gateway).send(structs.replace(text, to="12345"))
        assert (refused.value.code, refused.value.for_good) == ("sms_422", True)
        assert mailbox.texts() == []

    async def test_a_token_that_does_not_hold_is_our_fault(
        self, settings: Settings, gateway: httpx.AsyncClient, text: Message
    ) -> None:
        wrong = settings.model_copy(update={"sms_gateway_token": SecretStr("another token")})
        with pytest.raises(Failure) as refused:
            await self.channel(wrong, gateway).send(text)
        assert (refused.value.code, refused.value.for_good) == ("sms_401", False)

    async def test_nobody_listens(self, settings: Settings, text: Message) -> None:
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            address = f"http://127.0.0.1:{reserved.getsockname()[1]}/"
        channel = SmsChannel(settings.model_copy(update={"sms_gateway_url": address}))
        with pytest.raises(Failure) as refused:
            await channel.send(text)
        await channel.close()
        assert (refused.value.code, refused.value.for_good) == ("sms_ConnectError", False)

    async def test_a_gateway_that_never_answers(self, settings: Settings, text: Message) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            channel = SmsChannel(settings.model_copy(update={"sms_gateway_url": address}))
            channel.seconds = 0.3
            with pytest.raises(Failure) as refused:
                await channel.send(text)
            await channel.close()
        assert (refused.value.code, refused.value.for_good) == ("sms_timeout", False)


def test_a_caught_mail_can_be_read_back(mail: Message, settings: Settings) -> None:
    raw = EmailChannel(settings).compose(mail).as_bytes()
    assert message_from_bytes(raw, policy=default)["To"] == EMAIL
