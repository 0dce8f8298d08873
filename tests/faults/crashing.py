"""A worker that kills itself at a named step, once. `python -m tests.faults.crashing OPTIONS`.

The steps are taken by subclassing the worker's parts: production code has no switch for this.
"""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import click

from services import audit
from services.kernel.leases import Event
from services.kernel.logs import configure_logging
from services.kernel.settings import settings
from services.notices import Channel as ChannelName
from services.notices import Dispatch
from services.partners import Outcome
from workers.channels import Channel, Message
from workers.handlers import Expander, Sender
from workers.lanes import Handler
from workers.main import WorkerParts, serve
from workers.webhooks import Post, WebhookSender


class Step(StrEnum):
    """Where the worker is killed, in the order in which a notice gets there."""

    EVENT_CLAIMED = "event-claimed"
    EVENT_EXPANDED = "event-expanded"
    NOTICE_CLAIMED = "notice-claimed"
    RENDERED = "rendered"
    ACCEPTED = "accepted"
    RECORDED = "recorded"
    BETWEEN_MEMBERS = "between-members"
    WEBHOOK_CLAIMED = "webhook-claimed"
    WEBHOOK_TAKEN = "webhook-taken"
    WEBHOOK_RECORDED = "webhook-recorded"

    @classmethod
    def of_notices(cls) -> list["Step"]:
        """Those on a notice's way."""
        return [step for step in cls if not step.startswith(("webhook", "between"))]

    @classmethod
    def of_webhooks(cls) -> list["Step"]:
        """Those on a webhook's way."""
        return [step for step in cls if step.startswith("webhook")]


class Bomb:
    """Kills this process with SIGKILL the first time that its step is reached."""

    def __init__(self, step: Step | None, spent: Path) -> None:
        self._step = step
        self._spent = spent

    def at(self, step: Step) -> None:
        if step is self._step and not self._spent.exists():
            self._spent.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def recording_members(bomb: Bomb) -> None:
    """Let the bomb go off while a party is moved: one of its people is recorded, the next not."""
    write = audit.record_all

    def each(records: Iterable[audit.Record]) -> Iterator[audit.Record]:
        for number, one in enumerate(records):
            if number and one.action == "appointment.moved_by_hall":
                bomb.at(Step.BETWEEN_MEMBERS)
            yield one

    async def record_all(records: Iterable[audit.Record]) -> list[UUID]:
        return await write(each(records))

    audit.record_all = record_all


class CrashingExpander(Expander):
    def __init__(self, parts: "CrashingParts") -> None:
        super().__init__(parts.clock)
        self._bomb = parts.bomb

    async def handle(self, event: Event) -> None:
        self._bomb.at(Step.EVENT_CLAIMED)
        await super().handle(event)
        self._bomb.at(Step.EVENT_EXPANDED)


class CrashingSender(Sender):
    def __init__(self, parts: "CrashingParts", ways: Mapping[ChannelName, Channel]) -> None:
        wrapped = {name: CrashingChannel(way, parts.bomb) for name, way in ways.items()}
        super().__init__(wrapped, parts.clock, parts.lease)
        self._bomb = parts.bomb

    async def handle(self, event: Event) -> None:
        self._bomb.at(Step.NOTICE_CLAIMED)
        await super().handle(event)

    def compose(self, dispatch: Dispatch) -> Message:
        message = super().compose(dispatch)
        self._bomb.at(Step.RENDERED)
        return message

    async def record(self, event: Event) -> None:
        await super().record(event)
        self._bomb.at(Step.RECORDED)


class CrashingChannel:
    def __init__(self, way: Channel, bomb: Bomb) -> None:
        self._way = way
        self._bomb = bomb
        self.seconds = way.seconds

    async def send(self, message: Message) -> None:
        await self._way.send(message)
        self._bomb.at(Step.ACCEPTED)

    async def close(self) -> None:
        await self._way.close()


class CrashingWebhookSender(WebhookSender):
    def __init__(self, parts: "CrashingParts", post: Post) -> None:
        super().__init__(post, parts.clock, parts.lease)
        self._bomb = parts.bomb

    async def handle(self, event: Event) -> None:
        self._bomb.at(Step.WEBHOOK_CLAIMED)
        await super().handle(event)

    async def record(self, event: Event, outcome: Outcome) -> None:
        self._bomb.at(Step.WEBHOOK_TAKEN)
        await super().record(event, outcome)
        self._bomb.at(Step.WEBHOOK_RECORDED)


class CrashingParts(WorkerParts):
    def __init__(
        self, step: Step | None, spent: Path, *, lease: float, sweep: float, width: int
    ) -> None:
        super().__init__(settings())
        self.bomb = Bomb(step, spent)
        recording_members(self.bomb)
        self.lease = timedelta(seconds=lease)
        self.sweep_seconds = sweep
        self.expanding = width
        self.sending = dict.fromkeys(WorkerParts.sending, width)

    def expander(self) -> Handler:
        return CrashingExpander(self)

    def sender(self, ways: Mapping[ChannelName, Channel]) -> Handler:
        return CrashingSender(self, ways)

    def webhook_sender(self, post: Post) -> Handler:
        return CrashingWebhookSender(self, post)


@click.command()
@click.option("--step", type=click.Choice([step.value for step in Step]))
@click.option("--spent", type=click.Path(path_type=Path), default=Path("/nonexistent"))
@click.option("--lease", type=float, default=30.0)
@click.option("--sweep", type=float, default=0.5)
@click.option("--width", type=int, default=10)
def main(step: str | None, spent: Path, lease: float, sweep: float, width: int) -> None:
    configure_logging("console")
    where = Step(step) if step else None
    asyncio.run(serve(CrashingParts(where, spent, lease=lease, sweep=sweep, width=width)))


if __name__ == "__main__":
    main()
