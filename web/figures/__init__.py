"""How the halls did: statistics and unmet demand, for supervisors and administrators."""

from web.figures import pages

PAGES = pages.HANDLERS
