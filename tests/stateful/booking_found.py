"""What a step of booking can be done with: the likeliest first, then what is over."""

BOOKED = """
    SELECT person_id, reference AS what FROM appointment WHERE status IN ('booked', 'cancelled')
     ORDER BY status, starts_at DESC, booked_at, id
"""
HELD = """
    SELECT person_id, id AS what FROM hold ORDER BY status <> 'active', created_at DESC, id
"""
WAITING = """
    SELECT person_id, id AS what FROM waitlist_entry
     ORDER BY status <> 'offered', status <> 'waiting', created_at, id
"""
THERE = """
    SELECT 'booked' AS what FROM appointment WHERE status = 'booked'
     UNION SELECT 'held' FROM hold WHERE status = 'active'
     UNION SELECT 'waiting' FROM waitlist_entry WHERE closed_at IS NULL
     UNION SELECT 'running' FROM closure WHERE status = 'running'
     UNION SELECT 'closed' FROM closure
"""
