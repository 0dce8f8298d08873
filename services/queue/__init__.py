"""The queue at an office: checking in, calling, serving, and the hall's screen.

What is imported here is public; anything else is private to the area.
"""

from services.kernel.errors import register_constraints
from services.queue.assignments import (
    Assignment,
    MoveWindow,
    Until,
    move_window,
    moved_windows,
    windows,
)
from services.queue.board import Board, Call, board
from services.queue.calls import CallChosen, call_chosen, call_next, recall, start
from services.queue.check_ins import CheckIn, WalkIn, check_in, take_ticket
from services.queue.demand import Advice, Demand, last_days, unmet_demand
from services.queue.endings import finish, skip
from services.queue.errors import (
    CONSTRAINTS,
    AnotherDay,
    AnotherOffice,
    AskedBefore,
    BreakTooLong,
    CalledOften,
    LineLeftAlone,
    LineNotServed,
    NobodyToTell,
    NoMoreNumbers,
    NotAtKiosk,
    NotAtWindow,
    NothingToUndo,
    NotOurLine,
    NotPaused,
    ReturnedBefore,
    SamePlace,
    ScreenNameTaken,
    SetupLinkSpent,
    SittingElsewhere,
    SlipUsed,
    SlipVoid,
    TicketMoved,
    TooEarly,
    UndoneTooLate,
    UnknownSlip,
    WindowBusy,
    WindowClosed,
    WindowMoved,
    WindowPaused,
    WindowPausedAlready,
    WindowTaken,
)
from services.queue.estimates import Estimate, Unknown, estimates
from services.queue.events import CALLED as NUMBER_CALLED
from services.queue.events import FINISHED as BUSINESS_FINISHED
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
from services.queue.handovers import Park, Transfer, park, resume, transfer
from services.queue.kiosks import (
    Kiosk,
    NewKiosk,
    OpenedKiosk,
    create_kiosk,
    kiosk_of,
    kiosks,
    open_kiosk,
    revoke_kiosk,
    waiting_kiosk,
)
from services.queue.listing import MOST_COUNTED
from services.queue.nudges import NEAR as TURN_NEAR
from services.queue.nudges import NEARLY_THERE, ask_for_nudge, nudge_asked, send_nudges
from services.queue.overview import READERS as OVERVIEW_READERS
from services.queue.overview import Expected, LineNow, Overview, WindowNow, WindowState, overview
from services.queue.pauses import Pause, TakeBreak, close_window, go_on, pauses, take_break
from services.queue.returns import close_days, come_back, withdraw
from services.queue.rules import (
    CHECK_IN_OPENS,
    HEAD_START,
    LONGEST_BREAK,
    LONGEST_LEAD,
    LONGEST_NOTE,
    MOST_CALLS,
    PARKED_LONG,
    UNDO_WITHIN,
)
from services.queue.screens import (
    BoardScreen,
    Layout,
    SaveScreen,
    Voices,
    board_screen,
    board_screens,
    remove_screen,
    save_screen,
)
from services.queue.sittings import DESK_ROLES, leave, sit_down
from services.queue.states import (
    Act,
    ChosenReason,
    Outcome,
    PauseReason,
    Priority,
    TicketKind,
    TicketStatus,
)
from services.queue.station import Undoable
from services.queue.tickets import Ticket, people_ahead, ticket, ticket_of_appointment
from services.queue.undo import undo
from services.queue.workbench import Floor, Seat, Workbench, floor, seats, workbench

register_constraints(CONSTRAINTS)
