"""What partners' platforms ask for: people, times, bookings, and their own webhooks."""

from web.partners import api, webhooks

API = (*api.HANDLERS, *webhooks.HANDLERS)
