"""The queue's faces: the clerk's desk, the hall's screen, the citizen's ticket."""

from web.queue import acts, board, desk, kiosk, ticket

PAGES = (*desk.HANDLERS, *acts.HANDLERS, *board.HANDLERS, *ticket.HANDLERS, *kiosk.HANDLERS)
