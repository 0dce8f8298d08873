"""What is to be said to whom, through which channel, and what became of it.

What is imported here is public; anything else is private to the area.
"""

from services.kernel.errors import register_constraints
from services.notices.errors import CONSTRAINTS, NoticeExists
from services.notices.expansion import EXPANSIONS, expand
from services.notices.facts import (
    AppointmentFacts,
    CodeFacts,
    Dispatch,
    NameFacts,
    OfferFacts,
    StandingFacts,
    VisitFacts,
    WaitFacts,
)
from services.notices.queries import Figures, Notice, figures, mine
from services.notices.rules import sms_parts
from services.notices.sending import prepare, record_failure, record_sent
from services.notices.states import (
    CHANNEL_NAMES,
    KIND_NAMES,
    REASON_TEXTS,
    Channel,
    Kind,
    Lane,
    NoticeStatus,
    Reason,
)
from services.notices.upkeep import purge, retry, retry_all

register_constraints(CONSTRAINTS)
