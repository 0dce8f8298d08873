"""What must hold in the halls whatever is done: each promise is a query for what breaks it.

$1 is the present. All of them are asked in one statement after every step.
"""

from collections.abc import Mapping

from services.appointments import Rule
from tests.bookings import OFFICE
from tests.queues import OTHER_OFFICE

# Seats a slot, for everybody and for who telephones; the second hall has one slot a day.
SEATS: Mapping[str, Mapping[str, int]] = {
    OFFICE: {"online": 2, "telephone": 0},
    OTHER_OFFICE: {"online": 1, "telephone": 1},
}
# Short times, so that each of them is met. A seat comes back after a time that chance has no part
# in.
RULE = Rule(
    days_before=0,
    hold_minutes=5,
    cancel_until_minutes=5,
    return_min_minutes=2,
    return_max_minutes=2,
    offer_minutes=10,
    bookings_a_day=2,
    cancellations=3,
    no_shows=1,
)

_CAPACITY = " UNION ALL ".join(
    f"SELECT '{office}' AS office_code, '{share}' AS share, {number} AS number"
    for office, shares in SEATS.items()
    for share, number in shares.items()
)

_SEATS = {
    # As the first of an appointment, or as one that lengthens it. Only what was cancelled gives
    # its seats back.
    "a seat is booked for one appointment": """
        SELECT seat.id, seat.state, count(a.id) AS appointments
          FROM seat LEFT JOIN appointment a
            ON a.status <> 'cancelled' AND (a.seat_id = seat.id OR a.id = seat.extra_of)
         GROUP BY seat.id
        HAVING count(a.id) > 1 OR (state = 'booked') <> (count(a.id) = 1)
    """,
    "what lengthens a visit is not its first seat, and goes back with it": """
        SELECT a.id FROM seat JOIN appointment a ON a.id = seat.extra_of
         WHERE a.status = 'cancelled' OR a.seat_id = seat.id
    """,
    "an appointment is in the slot of its seat": """
        SELECT a.id FROM appointment a JOIN seat ON seat.id = a.seat_id
          JOIN slot ON slot.id = seat.slot_id
         WHERE a.status <> 'cancelled'
           AND (a.slot_id, a.office_code, a.line, a.starts_at, a.share)
               IS DISTINCT FROM (slot.id, slot.office_code, slot.line, slot.starts_at, seat.share)
    """,
    "a seat is held by one hold": """
        SELECT seat.id, seat.state, seat.held_until, max(hold.expires_at) AS expires_at
          FROM seat LEFT JOIN hold ON hold.seat_id = seat.id AND hold.status = 'active'
         GROUP BY seat.id
        HAVING (seat.state = 'held') <> (count(hold.id) = 1) OR count(hold.id) > 1
            OR seat.held_until < max(hold.expires_at)
    """,
    "no seat is lost or won": f"""
        SELECT slot.id, kept.share, count(seat.id) AS seats
          FROM slot JOIN ({_CAPACITY}) kept ON kept.office_code = slot.office_code
          LEFT JOIN seat ON seat.slot_id = slot.id AND seat.share = kept.share
           AND seat.state IN ('free', 'held', 'booked') AND NOT seat.leaving
         WHERE slot.closed_at IS NULL
         GROUP BY slot.id, kept.share, kept.number HAVING count(seat.id) <> kept.number
    """,
    "what is kept for the telephone is booked by staff": """
        SELECT seat.id FROM seat
          LEFT JOIN appointment a ON a.seat_id = seat.id AND a.status <> 'cancelled'
         WHERE seat.share = 'telephone'
           AND (a.channel IN ('online', 'waitlist') OR seat.state = 'held')
    """,
}

_PEOPLE = {
    "nobody has two appointments for an item": """
        SELECT person_id FROM appointment a
         CROSS JOIN LATERAL unnest(array_append(a.further_items, a.item_code)) AS item
         WHERE status IN ('booked', 'checked_in')
         GROUP BY person_id, item HAVING count(*) > 1
    """,
    "nobody has two appointments at a line on one day": """
        SELECT person_id FROM appointment WHERE status IN ('booked', 'checked_in')
         GROUP BY person_id, day, line HAVING count(*) > 1
    """,
    # Who makes their appointment their own affair leaves it.
    "nobody joins a family afterwards": """
        SELECT party.id FROM party LEFT JOIN appointment a ON a.party_id = party.id
         GROUP BY party.id HAVING count(a.id) > party.size
    """,
    "an offered seat is kept for the one who waits": """
        SELECT e.id FROM waitlist_entry e JOIN hold ON hold.id = e.hold_id
          JOIN seat ON seat.id = hold.seat_id
         WHERE e.status = 'offered'
           AND (hold.person_id <> e.person_id OR hold.item_code <> e.item_code
                OR hold.expires_at <> e.offered_until
                OR hold.status = 'active' AND seat.state <> 'held')
    """,
    "a seat is offered to one": """
        SELECT seat_id FROM waitlist_entry e JOIN hold ON hold.id = e.hold_id
         WHERE e.status = 'offered' AND hold.status = 'active'
         GROUP BY seat_id HAVING count(*) > 1
    """,
}

_CLOSURES = {
    "what is closed has no seat that can be had": """
        SELECT slot.id FROM seat JOIN slot ON slot.id = slot_id
         WHERE closed_at IS NOT NULL AND state IN ('free', 'held')
    """,
    "whoever has lost a time is looked after": """
        SELECT a.id FROM appointment a JOIN slot ON slot.id = a.slot_id
         WHERE a.status = 'booked' AND slot.closed_at IS NOT NULL
           AND NOT EXISTS (
               SELECT FROM displacement d JOIN closure c ON c.id = d.closure_id
                WHERE d.appointment_id = a.id AND d.status = 'waiting' AND c.status = 'running')
    """,
}

# An emergency spares people, so that what is not counted proves nothing while there is one.
_STANDING = {
    "what counts was missed or cancelled": """
        SELECT a.id FROM booking_strike s JOIN appointment a ON a.id = s.appointment_id
         WHERE s.withdrawn_at IS NULL
           AND a.status <> CASE s.kind WHEN 'no_show' THEN 'no_show' ELSE 'cancelled' END
    """,
    "what was missed counts": """
        SELECT a.id FROM appointment a
          LEFT JOIN booking_strike s ON s.appointment_id = a.id AND s.withdrawn_at IS NULL
         WHERE a.status = 'no_show' AND NOT a.displaced AND s.id IS NULL
           AND NOT EXISTS (SELECT FROM booking_emergency)
    """,
    "a pause has its reasons": f"""
        SELECT p.id, p.reason FROM booking_penalty p
          LEFT JOIN booking_strike s ON s.penalty_id = p.id AND s.withdrawn_at IS NULL
         WHERE p.lifted_at IS NULL
         GROUP BY p.id
        HAVING count(s.id) < CASE p.reason WHEN 'no_shows' THEN {RULE.no_shows}
            WHEN 'cancellations' THEN {RULE.cancellations} ELSE {RULE.bookings_a_day} END
    """,
    "too much is followed by a pause": f"""
        SELECT person_id, kind FROM booking_strike s
         WHERE withdrawn_at IS NULL AND penalty_id IS NULL
           AND NOT EXISTS (SELECT FROM booking_penalty p WHERE p.person_id = s.person_id)
         GROUP BY person_id, kind
        HAVING count(*) >= CASE kind WHEN 'no_show' THEN {RULE.no_shows}
            ELSE {RULE.cancellations} END
    """,
}

_QUEUE = {
    "a window has one ticket": """
        SELECT window_id FROM ticket WHERE status IN ('called', 'serving')
         GROUP BY window_id HAVING count(*) > 1
    """,
    "nobody is called to a window on a break": """
        SELECT window_id FROM ticket JOIN window_pause p USING (window_id)
         WHERE status IN ('called', 'serving') AND p.ended_at IS NULL
    """,
    "numbers are unique": """
        SELECT number FROM ticket GROUP BY office_code, day, number HAVING count(*) > 1
    """,
    "times go forwards": """
        SELECT id, status FROM ticket
         WHERE NOT (coalesce(returned_at, checked_in_at) <= in_line_at
                AND in_line_at <= called_at
                AND called_at <= recalled_at
                AND called_at <= started_at
                AND started_at <= parked_at
                AND coalesce(parked_at, started_at, called_at, checked_in_at) <= ended_at
                AND coalesce(ended_at, parked_at, started_at, called_at) <= $1
                AND order_at >= coalesce(returned_at, checked_in_at) - interval '2 hours')
    """,
    "stints follow each other": """
        SELECT t.id FROM ticket t JOIN ticket_stint s ON s.ticket_id = t.id
         WHERE s.ended_at > t.in_line_at
        UNION ALL
        SELECT s.ticket_id FROM ticket_stint s JOIN ticket_stint n USING (ticket_id)
         WHERE s.called_at < n.called_at AND s.ended_at > n.in_line_at
    """,
    "a ticket and its appointment agree": """
        SELECT t.status, a.status AS booked FROM ticket t
          JOIN appointment a ON a.id = t.appointment_id
         WHERE a.status <> CASE
               WHEN t.status IN ('waiting', 'called', 'serving', 'parked') THEN 'checked_in'
               WHEN t.status = 'skipped' THEN 'no_show' ELSE 'completed' END
    """,
    "who has come has a ticket": """
        SELECT a.id, a.status FROM appointment a LEFT JOIN ticket t ON t.appointment_id = a.id
         GROUP BY a.id
        HAVING count(t.id) <> (a.status NOT IN ('booked', 'cancelled'))::integer
    """,
}

PROMISES: Mapping[str, str] = {**_SEATS, **_PEOPLE, **_CLOSURES, **_STANDING, **_QUEUE}

# What there is, so that a step that nothing can be done with is not tried.
_THERE = """
    SELECT 'booked' FROM appointment WHERE status = 'booked'
     UNION SELECT 'displaced' FROM displacement WHERE priority_until > $1
     UNION SELECT 'held' FROM hold WHERE status = 'active'
     UNION SELECT 'in line' FROM waitlist_entry WHERE closed_at IS NULL
     UNION SELECT 'running' FROM closure WHERE status = 'running'
     UNION SELECT 'closed' FROM closure
     UNION SELECT 'family' FROM party
     UNION SELECT 'paused' FROM booking_penalty WHERE lifted_at IS NULL
     UNION SELECT 'emergency' FROM booking_emergency WHERE ends_at IS NULL
     UNION SELECT status FROM ticket
"""

LOOK = (
    " UNION ALL ".join(
        f"SELECT '{promise}' AS promise, to_jsonb(broken)::text AS what FROM ({sql}) broken"
        for promise, sql in PROMISES.items()
    )
    + f" UNION ALL SELECT NULL, there FROM ({_THERE}) AS found (there)"
)
