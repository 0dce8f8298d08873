"""The administrator's and the auditor's view: how the house is, what is stuck, who did what."""

from web.admin import audit, home, kiosks, outbox, screens

PAGES = (*home.HANDLERS, *outbox.HANDLERS, *audit.HANDLERS, *kiosks.HANDLERS, *screens.HANDLERS)
