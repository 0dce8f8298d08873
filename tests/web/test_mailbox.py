"""/dev/mailbox and the gateway of /dev: what was sent, as people see it; not in production."""

import aiosmtplib
import httpx
import pytest
from litestar import Litestar

from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from services.kernel.settings import Environment, Settings
from services.notices import Kind
from tests.harness.mailbox import Mailbox
from tests.workers.dispatches import EMAIL, NOW, PHONE, REFERENCE, STARTS, dispatch
from web.app import create_app
from workers.channels.email import EmailChannel
from workers.rendering import render

GATEWAY = "/dev/sms-gateway"


async def send_mail(settings: Settings, **more: object) -> None:
    message = render(dispatch(**more), NOW)  # type: ignore[arg-type]  # fields of a dispatch
    await EmailChannel(settings).send(message)


async def send_text(
    client: httpx.AsyncClient, settings: Settings, text: str, to: str = PHONE, key: str = ""
) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {settings.sms_gateway_token.get_secret_value()}",
        "Idempotency-Key": key or str(new_id()),
    }
    return await client.post(GATEWAY, json={"to": to, "text": text}, headers=headers)


async def test_the_list_is_newest_first_and_holds_what_programs_want(
    client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox
) -> None:
    del mailbox
    assert (await send_text(client, settings, "【办事通】验证码 123456")).status_code == 201
    await send_mail(settings)
    [mail, text] = (await client.get("/dev/mailbox.json")).json()
    assert (mail["channel"], mail["to"]) == ("email", EMAIL)
    assert mail["at"] > text["at"]
    assert "预约成功" in mail["subject"]
    assert REFERENCE[:5] in mail["text"]
    assert mail["html"].startswith("<!doctype html>")
    assert mail["calendar"]["method"] == "REQUEST"
    assert mail["calendar"]["starts_at"] == STARTS.isoformat().replace("+00:00", "Z")
    assert {key: text[key] for key in ("channel", "to", "text", "parts")} == {
        "channel": "sms",
        "to": PHONE,
        "text": "【办事通】验证码 123456",
        "parts": 1,
    }
    assert "html" not in text


async def test_to_keeps_one_address(
    client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox
) -> None:
    del mailbox
    await send_mail(settings)
    await send_mail(settings, to="other@example.org")
    await send_text(client, settings, "短信")
    for address in (EMAIL, "other@example.org", PHONE):
        [message] = (await client.get("/dev/mailbox.json", params={"to": address})).json()
        assert message["to"] == address
    assert (await client.get("/dev/mailbox.json", params={"to": "nobody"})).json() == []


async def test_a_mail_is_shown_in_a_frame_that_runs_nothing(
    client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox
) -> None:
    del mailbox
    await send_mail(settings)
    [mail] = (await client.get("/dev/mailbox.json")).json()
    page = await client.get(f"/dev/mailbox/{mail['id']}")
    assert page.status_code == 200
    assert f'src="/dev/mailbox/{mail["id"]}/html" sandbox="allow-popups"' in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    frame = await client.get(f"/dev/mailbox/{mail['id']}/html")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "set-cookie" not in frame.headers


async def test_texts_to_one_phone_are_one_conversation(
    client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox
) -> None:
    del mailbox
    for number in range(3):
        await send_text(client, settings, f"第{number}条 <script>")
    await send_text(client, settings, "别人的", to="13900000000")
    messages = (await client.get("/dev/mailbox.json", params={"to": PHONE})).json()
    page = await client.get(f"/dev/mailbox/{messages[0]['id']}", params={"to": PHONE})
    assert page.text.index("第0条") > 0
    assert "&lt;script&gt;" in page.text
    assert "别人的" not in page.text


async def test_an_empty_mailbox_says_how_to_fill_it(
    client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    del mailbox
    page = await client.get("/dev/mailbox")
    assert "还没有发出过消息" in page.text


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc%2fpasswd", "1-x"])
async def test_an_unknown_message_is_not_found(
    client: httpx.AsyncClient, mailbox: Mailbox, name: str
) -> None:
    del mailbox
    for path in (f"/dev/mailbox/{name}", f"/dev/mailbox/{name}/html"):
        assert (await client.get(path)).status_code == 404


class TestGateway:
    async def test_a_repeated_key_is_answered_and_kept_once(
        self, client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox
    ) -> None:
        key = str(new_id())
        statuses = [
            (await send_text(client, settings, "一", key=key)).status_code for _ in range(3)
        ]
        assert statuses == [201, 200, 200]
        assert mailbox.texts() == ["一"]

    @pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic x", "Bearer 口令"])
    async def test_it_wants_its_token(
        self, client: httpx.AsyncClient, mailbox: Mailbox, token: str
    ) -> None:
        answer = await client.post(
            GATEWAY,
            json={"to": PHONE, "text": "x"},
            headers=[(b"Authorization", token.encode()), (b"Idempotency-Key", b"12345678")],
        )
        assert answer.status_code == 401
        assert mailbox.texts() == []

    @pytest.mark.parametrize("key", ["", "short", "../../../etc/x", "a" * 65, "*" * 10])
    async def test_it_wants_a_plain_key(
        self, client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox, key: str
    ) -> None:
        token = settings.sms_gateway_token.get_secret_value()
        answer = await client.post(
            GATEWAY,
            json={"to": PHONE, "text": "x"},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )
        assert answer.status_code == 422
        assert mailbox.texts() == []

    @pytest.mark.parametrize("to", ["", "12345", "23812345678", "1381234567８", "+8613812345678"])
    async def test_a_number_that_does_not_exist(
        self, client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox, to: str
    ) -> None:
        assert (await send_text(client, settings, "x", to=to)).status_code == 422
        assert mailbox.texts() == []

    @pytest.mark.parametrize("body", ["", "[]", "{}", '{"to": 1, "text": "x"}', "{"])
    async def test_a_body_that_is_none(
        self, client: httpx.AsyncClient, settings: Settings, body: str
    ) -> None:
        token = settings.sms_gateway_token.get_secret_value()
        answer = await client.post(
            GATEWAY,
            content=body,
            headers={
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": str(new_id()),
                "Content-Type": "application/json",
            },
        )
        assert 400 <= answer.status_code < 500


async def test_mail_that_is_not_ours_is_shown_as_well(
    client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox
) -> None:
    del mailbox
    await aiosmtplib.send(
        b"Subject: plain\r\n\r\nhello\r\n",
        sender="a@example.org",
        recipients=["b@example.org"],
        hostname=settings.smtp_host,
        port=settings.smtp_port,
    )
    [mail] = (await client.get("/dev/mailbox.json")).json()
    assert (mail["subject"], mail["text"].strip()) == ("plain", "hello")
    assert (await client.get(f"/dev/mailbox/{mail['id']}")).status_code == 200
    assert (await client.get(f"/dev/mailbox/{mail['id']}/html")).status_code == 404


def test_none_of_this_exists_in_production(settings: Settings, clock: FixedClock) -> None:
    production = settings.model_copy(
        update={
            "environment": Environment.PRODUCTION,
            "base_url": "https://hall.example",
            "mailbox_dir": None,
        }
    )
    app: Litestar = create_app(production, clock)
    assert not [route.path for route in app.routes if route.path.startswith("/dev")]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.startswith("appointment_")])
async def test_every_kind_of_mail_can_be_read_here(
    client: httpx.AsyncClient, settings: Settings, mailbox: Mailbox, kind: Kind
) -> None:
    del mailbox
    await send_mail(settings, kind=kind, language="en")
    [mail] = (await client.get("/dev/mailbox.json")).json()
    assert (await client.get(f"/dev/mailbox/{mail['id']}")).status_code == 200
    assert mail["calendar"]["uid"] == f"{REFERENCE}@banshitong"
