"""What people thought of their visit (好差评), and what the office does about the low grades.

What is imported here is public; anything else is private to the area.
"""

from services.kernel.errors import register_constraints
from services.ratings.complaints import (
    COMPLAINT_ROLES,
    Swept,
    accept,
    answer,
    appeal,
    call_back,
    decide,
    sweep,
)
from services.ratings.errors import (
    CONSTRAINTS,
    AlreadyRated,
    AppealedBefore,
    AppealTooLate,
    CallFirst,
    ComplaintMoved,
    DecidedByAnother,
    InvitationRanOut,
    NotServedYet,
    RatedTooLate,
)
from services.ratings.invitations import (
    INVITED_FOR,
    OFFERED_FOR,
    Invitation,
    invite,
    invited,
    rate_invited,
)
from services.ratings.queries import (
    FIGURES_OVER,
    LEAST_PUBLISHED,
    Case,
    Figures,
    case,
    clerk_figures,
    complaints,
    mine,
    office_figures,
    overdue,
)
from services.ratings.rating import RATE_WITHIN, Rate, check_ratable, rate
from services.ratings.states import (
    DECISION_NAMES,
    GRADE_NAMES,
    OUTCOME_NAMES,
    STATUS_NAMES,
    CallOutcome,
    ComplaintStatus,
    Decision,
    Grade,
)
from services.ratings.terms import Terms, set_terms, terms
from services.ratings.texts import LONGEST_TEXT
from services.ratings.views import Call, Complaint, Rating, rating_of

register_constraints(CONSTRAINTS)
