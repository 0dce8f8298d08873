"""The published order (rules.py, docs/queue-order.md) as PostgreSQL reads it.

In each statement $1 is a window, $2 the day, $3 the window's office and $4 its lines.
"""

# Waits for a window that works: nobody else calls it. A window that was left or is paused keeps
# nobody waiting; whoever waited for it is called by any window of the line.
KEPT_ELSEWHERE = """
EXISTS (SELECT FROM window_session s
         WHERE s.window_id = ticket.for_window_id AND s.left_at IS NULL
           AND NOT EXISTS (SELECT FROM window_pause p
                            WHERE p.window_id = s.window_id AND p.ended_at IS NULL))
"""

WAITS_FOR_WINDOW = "for_window_id = $1 AND status = 'waiting' AND day = $2"

WAITS_IN_LINE = f"""
office_code = $3 AND day = $2 AND status = 'waiting' AND line = ANY($4)
AND (for_window_id IS NULL OR for_window_id <> $1 AND NOT {KEPT_ELSEWHERE})
"""

IN_ORDER = "ORDER BY order_at, id"

# The second search runs only when the first finds nobody. Neither waits for a lock.
FIRST = f"""
coalesce(
    (SELECT id FROM ticket WHERE {WAITS_FOR_WINDOW} {IN_ORDER} LIMIT 1 FOR UPDATE SKIP LOCKED),
    (SELECT id FROM ticket WHERE {WAITS_IN_LINE} {IN_ORDER} LIMIT 1 FOR UPDATE SKIP LOCKED))
"""  # noqa: S608 - constants of this module
