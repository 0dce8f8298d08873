"""The queue at an office: checking in, calling, serving, and the hall's screen.

Exported names are public; anything else is private to the area.
"""

from services.kernel.errors import register_constraints
from services.queue.board import Board, Call, board
from services.queue.calls import call_next, finish, recall, skip, start
from services.queue.check_ins import CheckIn, WalkIn, check_in, take_ticket
from services.queue.demand import Advice, Demand, last_days, unmet_demand
from services.queue.errors import (
    CONSTRAINTS,
    AnotherDay,
    AnotherOffice,
    CalledOften,
    LineNotServed,
    NoMoreNumbers,
    NotAtWindow,
    ReturnedBefore,
    SittingElsewhere,
    SlipUsed,
    SlipVoid,
    TicketMoved,
    TooEarly,
    UnknownSlip,
    WindowBusy,
    WindowTaken,
)
from services.queue.figures import (
    FIGURE_ROLES,
    WAIT_TARGET,
    ClerkFigures,
    HallFigures,
    Hour,
    LineFigures,
    Span,
    Times,
    hall_figures,
)
from services.queue.returns import close_days, come_back, withdraw
from services.queue.rules import CHECK_IN_OPENS, HEAD_START, LONGEST_LEAD, MOST_CALLS
from services.queue.sittings import DESK_ROLES, leave, sit_down
from services.queue.states import Priority, TicketKind, TicketStatus
from services.queue.tickets import Ticket, people_ahead, ticket, ticket_of_appointment
from services.queue.workbench import Seat, Workbench, seats, workbench

register_constraints(CONSTRAINTS)

__all__ = [
    "CHECK_IN_OPENS",
    "DESK_ROLES",
    "FIGURE_ROLES",
    "HEAD_START",
    "LONGEST_LEAD",
    "MOST_CALLS",
    "WAIT_TARGET",
    "Advice",
    "AnotherDay",
    "AnotherOffice",
    "Board",
    "Call",
    "CalledOften",
    "CheckIn",
    "ClerkFigures",
    "Demand",
    "HallFigures",
    "Hour",
    "LineFigures",
    "LineNotServed",
    "NoMoreNumbers",
    "NotAtWindow",
    "Priority",
    "ReturnedBefore",
    "Seat",
    "SittingElsewhere",
    "SlipUsed",
    "SlipVoid",
    "Span",
    "Ticket",
    "TicketKind",
    "TicketMoved",
    "TicketStatus",
    "Times",
    "TooEarly",
    "UnknownSlip",
    "WalkIn",
    "WindowBusy",
    "WindowTaken",
    "Workbench",
    "board",
    "call_next",
    "check_in",
    "close_days",
    "come_back",
    "finish",
    "hall_figures",
    "last_days",
    "leave",
    "people_ahead",
    "recall",
    "seats",
    "sit_down",
    "skip",
    "start",
    "take_ticket",
    "ticket",
    "ticket_of_appointment",
    "unmet_demand",
    "withdraw",
    "workbench",
]
