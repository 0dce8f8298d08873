"""What partners' platforms ask for, and the administrator's pages about them."""

from web.partners import api, hook_pages, pages, webhooks

PAGES = (*pages.HANDLERS, *hook_pages.HANDLERS)
API = (*api.HANDLERS, *webhooks.HANDLERS)
