"""The queue's faces: the clerk's desk, the hall's screen, the citizen's ticket."""

from web.queue import acts, board, desk, handling, kiosk, overview, ticket, visitor

PAGES = (
    *desk.HANDLERS,
    *acts.HANDLERS,
    *handling.HANDLERS,
    *visitor.HANDLERS,
    *overview.HANDLERS,
    *board.HANDLERS,
    *ticket.HANDLERS,
    *kiosk.HANDLERS,
)
