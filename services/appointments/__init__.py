"""Schedules, slots, seats, holds and appointments.

What is imported here is public; anything else is private to the area.
"""

from services.appointments.booking.admission import BOOKING_ROLES
from services.appointments.booking.attendance import (
    check_in,
    close_days,
    complete,
    mark_no_show,
    step_back,
)
from services.appointments.booking.bookings import Book, finish_bookings
from services.appointments.booking.changes import cancel, reschedule
from services.appointments.booking.errors import (
    AlreadyBooked,
    AppointmentSettled,
    AppointmentUnknown,
    BookingBlocked,
    DayTaken,
    HeldElsewhere,
    HeldForOthers,
    HoldExpired,
    HoldLongEnough,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    ItemNotBookable,
    LongerThanSlot,
    MovedMeanwhile,
    NotReleased,
    NotToday,
    NotYourTurn,
    OtherLine,
    SameSlot,
    SlotClosed,
    SlotPast,
    SlotUnknown,
    SomebodyBooked,
    TooFarAhead,
    TooLateToBook,
    TooLateToChange,
    TrackRefused,
)
from services.appointments.booking.extensions import extend_hold
from services.appointments.booking.holds import Hold, release_expired_holds, release_hold
from services.appointments.booking.icalendar_file import Invitation, calendar_file
from services.appointments.booking.kept import held_seat, live_holds
from services.appointments.booking.queries import (
    appointment,
    appointments_by_id,
    by_reference,
    change_until,
    coming,
    coming_of,
    expected_today,
    for_office,
    mine,
    own,
)
from services.appointments.booking.reminders import remind
from services.appointments.errors import CONSTRAINTS
from services.appointments.events import (
    APPEAL_ANSWERED,
    BLOCKED,
    BOOKED,
    CANCELLED,
    CANCELLED_BY_HALL,
    CHECKED_IN,
    CLOSURE_DUE,
    COMPLETED,
    MOVED_BY_HALL,
    NO_SHOW,
    NO_SHOW_WARNED,
    OFFER_WITHDRAWN,
    REMINDER_DUE,
    RESCHEDULED,
    SEAT_BACK,
    SEAT_OFFERED,
    WAIT_OVER,
)
from services.appointments.figures import (
    BookingFigures,
    FullHour,
    booking_figures,
    full_hours,
    waitlist_demand,
)
from services.appointments.rulebook.errors import RuleChanged, RuleTwice
from services.appointments.rulebook.ranges import RANGES, Change, changes
from services.appointments.rulebook.settings import (
    KeptRule,
    SetRule,
    check_rule,
    holding,
    remove_rule,
    rule_at,
    rule_for,
    rules_kept,
    set_rule,
)
from services.appointments.rules import DEFAULT, UNDO_WITHIN, Rule, reminder_due, reminder_lost
from services.appointments.seating.availability import availability, next_free, visit_slot
from services.appointments.seating.days import OfficeDay, by_day, days, last_planned
from services.appointments.seating.demand import write_demand
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.seating.fitting import VisitShape
from services.appointments.standing.appeals import (
    APPEAL_ROLES,
    AnswerAppeal,
    Appeal,
    answer_appeal,
    appeal,
    appeal_by_id,
    open_appeals,
    write_appeal,
)
from services.appointments.standing.emergencies import (
    DeclareEmergency,
    Emergency,
    declare_emergency,
    emergencies,
    emergency_at,
    end_emergency,
)
from services.appointments.standing.errors import (
    AppealAnswered,
    AppealOpen,
    AppealUnknown,
    EmergencyDeclared,
    EmergencyOver,
    NotBlocked,
    PenaltyUnknown,
)
from services.appointments.standing.housekeeping import purge
from services.appointments.standing.queries import (
    Counted,
    Penalty,
    Standing,
    WouldCount,
    booked_today,
    if_cancelled,
    led_to,
    penalty_by_id,
    running_penalty,
    standing,
)
from services.appointments.standing.rules import is_due
from services.appointments.states import (
    AppealStatus,
    AppointmentStatus,
    BookingChannel,
    ClosureStatus,
    DisplacementStatus,
    ExceptionKind,
    PartyKind,
    PenaltyReason,
    Reminder,
    Share,
    StrikeKind,
    Treatment,
    WaitlistStatus,
)
from services.appointments.timetable.changes import (
    ApplyChange,
    DayEffect,
    Hit,
    Preview,
    TimetableChange,
    apply_change,
    note_of,
    preview_change,
    tag_of,
)
from services.appointments.timetable.closures import (
    CLOSING_ROLES,
    WITHIN_DAYS,
    Case,
    Closure,
    DisplacementView,
    cases,
    closure,
    closures_at,
    displacement,
    next_try,
)
from services.appointments.timetable.deviations import Deviating, exceptions_between
from services.appointments.timetable.elsewhere import HallWithRoom, halls_instead, halls_with_room
from services.appointments.timetable.errors import (
    CannotKeep,
    ClosureUnknown,
    ExceptionOverlaps,
    ExceptionWrong,
    NoPriority,
    PreviewOutdated,
    ScheduleOverlaps,
    ScheduleUnknown,
    ScheduleWrong,
)
from services.appointments.timetable.exceptions import ChangeSeats, Close, Reopen, SpecialHours
from services.appointments.timetable.generation import generate_slots
from services.appointments.timetable.loads import DayLoad, SlotLoad, day_loads, slot_loads
from services.appointments.timetable.priority import (
    Choosing,
    choose_anew,
    choosing,
    open_to_choice,
)
from services.appointments.timetable.rebooking import displace_next
from services.appointments.timetable.schedules import (
    AddSchedule,
    ChangeSchedule,
    CopySchedules,
    EndSchedule,
    Schedule,
    add_schedule,
    schedule,
    schedules_of,
)
from services.appointments.timetable.short_slots import ShortSlots
from services.appointments.timetable.stuck import try_again
from services.appointments.views import Appointment, HeldSeat, SlotView
from services.appointments.visits.booking import book, book_visit
from services.appointments.visits.errors import (
    GroupUnknown,
    ItemsOfOtherLines,
    TooManyItems,
)
from services.appointments.visits.group_booking import (
    Arrangement,
    book_group,
    book_held_group,
    hold_group,
)
from services.appointments.visits.groups import (
    GroupDraft,
    KeepList,
    draft,
    draft_of,
    forget_draft,
    forget_drafts,
    keep_list,
)
from services.appointments.visits.holding import HoldVisit, hold, hold_visit
from services.appointments.visits.members import (
    COLUMN_NAMES,
    DOCUMENTS,
    PEOPLE,
    Column,
    Fault,
    ReadList,
    read_list,
    template_documents,
    template_head,
)
from services.appointments.visits.moving import MoveParty, move_party
from services.appointments.visits.parties import (
    Arranged,
    GroupSummary,
    Party,
    arranged,
    cancel_party,
    groups,
    names_for,
    organiser_of,
    party,
    party_names,
    party_of,
    told_phone,
)
from services.appointments.visits.planning import BookVisit
from services.appointments.visits.sheets import FileTooLarge
from services.appointments.visits.tracking import track
from services.appointments.visits.vouching import vouched_by
from services.appointments.visits.wishes import (
    Need,
    Remarks,
    Wishes,
    change_wishes,
    remarks,
    wishes_from,
    wishes_of,
)
from services.appointments.waitlist.entries import (
    LONGEST_WAIT,
    JoinWaitlist,
    join_waitlist,
    leave_waitlist,
    take_offer,
)
from services.appointments.waitlist.errors import (
    NothingReleased,
    NothingReturns,
    OfferOver,
    RoomNow,
    StillWaiting,
    TooLongToWait,
    WaitingAlready,
    WaitlistSettled,
    WaitlistUnknown,
)
from services.appointments.waitlist.offers import offer_seats
from services.appointments.waitlist.outlook import hindrance
from services.appointments.waitlist.steps import settle_entries
from services.appointments.waitlist.views import (
    OfferedSeat,
    WaitlistEntry,
    my_waitlist,
    own_entry,
    waitlist_entry,
    withdrawn_offer,
)
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)
