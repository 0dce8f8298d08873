"""A citizen's notices, and in development what the catchers have caught."""

from web.notices import mailbox, pages, sms_gateway

PAGES = pages.HANDLERS
DEV_ONLY = (*mailbox.HANDLERS, *sms_gateway.HANDLERS)
