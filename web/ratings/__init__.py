"""Rating a visit, one's own ratings, the supervisor's complaints, and the published grades."""

from web.ratings import complaints, figures, mine, rate

PAGES = (*rate.HANDLERS, *mine.HANDLERS, *complaints.HANDLERS, *figures.HANDLERS)
