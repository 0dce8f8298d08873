"""What must hold of seats, holds, appointments and the waiting list, whatever is done with them."""

from hypothesis.stateful import invariant

from tests.stateful.world import World

# Seats an hour in the machine's hall.
CAPACITY = 2

# Whose a seat is: as the first of an appointment, or as one that lengthens it. Only what was
# cancelled gives its seats back.
SEATS = """
    SELECT seat.id, seat.state, count(a.id) AS appointments
      FROM seat LEFT JOIN appointment a
        ON a.status <> 'cancelled' AND (a.seat_id = seat.id OR a.id = seat.extra_of)
     GROUP BY seat.id
"""


class BookingPromises:
    """The invariants of booking."""

    world: World

    @invariant()
    def a_seat_is_booked_for_one_appointment(self) -> None:
        found = self.world.rows(
            f"SELECT * FROM ({SEATS}) s WHERE appointments > 1"
            " OR (state = 'booked') <> (appointments = 1)"
        )
        assert not found, found
        assert not self.world.rows(
            "SELECT 1 FROM seat JOIN appointment a ON a.id = seat.extra_of"
            " WHERE a.status = 'cancelled' OR a.seat_id = seat.id"
        )

    @invariant()
    def a_seat_is_held_by_one_hold(self) -> None:
        found = self.world.rows(
            """
            SELECT seat.id, seat.state, seat.held_until, max(hold.expires_at) AS expires_at
              FROM seat LEFT JOIN hold ON hold.seat_id = seat.id AND hold.status = 'active'
             GROUP BY seat.id
            HAVING (seat.state = 'held') <> (count(hold.id) = 1) OR count(hold.id) > 1
                OR seat.held_until < max(hold.expires_at)
            """
        )
        assert not found, found

    @invariant()
    def nobody_has_more_than_the_rule_allows(self) -> None:
        assert not self.world.rows(
            """
            SELECT person_id FROM appointment a
             CROSS JOIN LATERAL unnest(array_append(a.further_items, a.item_code)) AS item
             WHERE status IN ('booked', 'checked_in')
             GROUP BY person_id, item HAVING count(*) > 1
            """
        )
        assert not self.world.rows(
            "SELECT person_id FROM appointment WHERE status IN ('booked', 'checked_in')"
            " GROUP BY person_id, day, line HAVING count(*) > 1"
        )

    @invariant()
    def an_offered_seat_is_kept_for_the_one_who_waits(self) -> None:
        found = self.world.rows(
            """
            SELECT e.id FROM waitlist_entry e JOIN hold ON hold.id = e.hold_id
              JOIN seat ON seat.id = hold.seat_id
             WHERE e.status = 'offered'
               AND (hold.person_id <> e.person_id OR hold.item_code <> e.item_code
                    OR hold.expires_at <> e.offered_until
                    OR hold.status = 'active' AND seat.state <> 'held')
            """
        )
        assert not found, found
        assert not self.world.rows(
            "SELECT seat_id FROM waitlist_entry e JOIN hold ON hold.id = e.hold_id"
            " WHERE e.status = 'offered' AND hold.status = 'active'"
            " GROUP BY seat_id HAVING count(*) > 1"
        )

    @invariant()
    def no_seat_is_lost_or_won(self) -> None:
        found = self.world.rows(
            """
            SELECT slot.id, count(*) FROM slot JOIN seat ON seat.slot_id = slot.id
             WHERE slot.closed_at IS NULL AND seat.state IN ('free', 'held', 'booked')
             GROUP BY slot.id HAVING count(*) <> $1
            """,
            CAPACITY,
        )
        assert not found, found
        assert not self.world.rows(
            "SELECT 1 FROM seat JOIN slot ON slot.id = slot_id"
            " WHERE closed_at IS NULL AND (leaving OR state = 'withdrawn')"
        )

    @invariant()
    def what_is_closed_is_empty_once_its_closure_has_run(self) -> None:
        assert not self.world.rows(
            "SELECT 1 FROM seat JOIN slot ON slot.id = slot_id"
            " WHERE closed_at IS NOT NULL AND state IN ('free', 'held')"
        )
        found = self.world.rows(
            """
            SELECT a.id FROM appointment a JOIN slot ON slot.id = a.slot_id
             WHERE a.status = 'booked' AND slot.closed_at IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM displacement d JOIN closure c ON c.id = d.closure_id
                    WHERE d.appointment_id = a.id AND d.status = 'waiting'
                      AND c.status = 'running')
            """
        )
        assert not found, found

    @invariant()
    def who_has_come_has_a_ticket(self) -> None:
        assert not self.world.rows(
            """
            SELECT a.status FROM appointment a LEFT JOIN ticket t ON t.appointment_id = a.id
             GROUP BY a.id
            HAVING count(t.id) <> (a.status NOT IN ('booked', 'cancelled'))::integer
            """
        )
