"""What the lanes do: expand what happened into notices, and send the notices that are due."""

from collections.abc import Mapping
from datetime import timedelta

from services import notices
from services.kernel import leases
from services.kernel.clock import Clock
from services.kernel.leases import Event
from workers.channels import Channel, Message
from workers.consumers import CONSUMERS
from workers.failures import Failure
from workers.rendering import render


class Expander:
    """Turns an event into what its consumers make of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def handle(self, event: Event) -> None:
        """See `lanes.Handler`."""
        await leases.consume(event, CONSUMERS[event.topic], self._clock.now())

    async def fail(self, event: Event, failure: Failure) -> None:
        """See `lanes.Handler`."""
        await leases.fail(event, failure.code, self._clock.now(), for_good=failure.for_good)


class Sender:
    """Sends one due notice: read, put into words, hand over, record.

    Between handing over and recording lies the only moment at which a kill leads to a duplicate.
    """

    def __init__(
        self,
        channels: Mapping[notices.Channel, Channel],
        clock: Clock,
        lease: timedelta = leases.LEASE,
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._lease = lease

    async def handle(self, event: Event) -> None:
        """See `lanes.Handler`."""
        dispatch = await notices.prepare(event, self._clock.now())
        if dispatch is None:
            return
        message = self.compose(dispatch)
        # The provider gets a whole lease, however long the steps before took.
        await leases.renew(event, self._clock.now(), self._lease)
        await self._channels[dispatch.channel].send(message)
        await self.record(event)

    def compose(self, dispatch: notices.Dispatch) -> Message:
        """Put the notice into words."""
        return render(dispatch, self._clock.now())

    async def record(self, event: Event) -> None:
        """Write down that the provider has it."""
        await notices.record_sent(event, self._clock.now())

    async def fail(self, event: Event, failure: Failure) -> None:
        """See `lanes.Handler`."""
        reason = notices.Reason.REFUSED if failure.for_good else notices.Reason.UNREACHABLE
        await notices.record_failure(
            event, failure.code, reason, self._clock.now(), for_good=failure.for_good
        )
