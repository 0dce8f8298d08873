"""The ways out of the house. A new one is a module with one class, and a line in `channels`."""

from collections.abc import Mapping

from services.kernel.settings import Settings
from services.notices import Channel as ChannelName
from workers.channels.base import CalendarPart, Channel, Message
from workers.channels.email import EmailChannel
from workers.channels.sms import SmsChannel

__all__ = ["CalendarPart", "Channel", "Message", "channels"]


def channels(settings: Settings) -> Mapping[ChannelName, Channel]:
    """Every channel, ready to send."""
    return {
        ChannelName.EMAIL: EmailChannel(settings),
        ChannelName.SMS: SmsChannel(settings),
    }
