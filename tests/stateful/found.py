"""What a step can be done with: the likeliest first, then what is over."""

BOOKED = """
    SELECT person_id, reference AS what FROM appointment WHERE status IN ('booked', 'cancelled')
     ORDER BY status, starts_at DESC, booked_at, id
"""
LONGEST = """
    SELECT person_id, reference AS what FROM appointment WHERE status = 'booked'
     ORDER BY visit_ends_at DESC NULLS LAST, id
"""
DISPLACED = """
    SELECT a.person_id, a.reference AS what FROM displacement d
      JOIN appointment a ON a.id = d.appointment_id
     WHERE d.priority_until IS NOT NULL ORDER BY a.status = 'cancelled' DESC, d.id
"""
TO_COME = """
    SELECT person_id, reference AS what FROM appointment WHERE status = 'booked' AND day = $1
     ORDER BY office_code = $2 DESC, starts_at, booked_at, id
"""
HELD = """
    SELECT person_id, id AS what FROM hold
     ORDER BY status <> 'active', extensions_left = 0, created_at DESC, id
"""
WAITING = """
    SELECT person_id, id AS what FROM waitlist_entry
     ORDER BY status <> 'offered', status <> 'waiting', created_at, id
"""
FAMILIES = """
    SELECT organiser_id AS person_id, party.id AS what FROM party
     ORDER BY EXISTS (SELECT FROM appointment a WHERE a.party_id = party.id
                         AND a.status = 'booked') DESC, created_at DESC, party.id
"""
PAUSED = """
    SELECT person_id, id AS what FROM booking_penalty
     ORDER BY lifted_at IS NOT NULL, imposed_at DESC, id
"""
SLOTS = """
    SELECT id FROM slot WHERE line = 'household'
     ORDER BY office_code = $1 DESC, starts_at, id
"""
# How many seats of a slot anybody could have just now, by the published rule.
ROOM = """
    SELECT count(*) AS room FROM seat JOIN slot ON slot.id = slot_id
     WHERE slot_id = $1 AND starts_at > $2 AND closed_at IS NULL AND share = ANY($3::text[])
       AND (state = 'free' AND coalesce(returns_at <= $2, true)
            OR state = 'held' AND held_until <= $2)
"""
# Whether a pause keeps somebody from booking in a slot.
IS_PAUSED = """
    SELECT 1 FROM booking_penalty p, slot
     WHERE p.person_id = $1 AND slot.id = $2 AND p.lifted_at IS NULL AND p.blocked_until > $3
       AND NOT EXISTS (
           SELECT FROM booking_emergency e
            WHERE coalesce(e.office_code, slot.office_code) = slot.office_code
              AND e.starts_at <= $3 AND coalesce(e.ends_at > $3, true))
"""
# Who was there before somebody to whom a seat was offered just now, and could have had it.
PASSED_OVER = """
    SELECT before.id FROM waitlist_entry given
      JOIN hold ON hold.id = given.hold_id AND hold.created_at = $1 AND hold.status = 'active'
      JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
      JOIN waitlist_entry before
        ON before.status = 'waiting' AND before.line = slot.line
       AND (before.created_at, before.id) < (given.created_at, given.id)
       AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
           BETWEEN before.first_day AND before.last_day
      JOIN waitlist_office o ON o.entry_id = before.id AND o.office_code = slot.office_code
     WHERE given.status = 'offered'
       AND NOT EXISTS (SELECT FROM hold own WHERE own.person_id = before.person_id
                          AND own.item_code = before.item_code AND own.status = 'active')
       AND NOT EXISTS (SELECT FROM appointment a WHERE a.person_id = before.person_id
                          AND a.status IN ('booked', 'checked_in'))
       AND NOT EXISTS (SELECT FROM booking_penalty p WHERE p.person_id = before.person_id
                          AND p.lifted_at IS NULL)
"""
