"""What clerks and visitors may do in a hall, one step at a time."""

from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from services import queue
from services.catalog import Line
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import DomainError
from services.queue import (
    CallChosen,
    CheckIn,
    ChosenReason,
    MoveWindow,
    Outcome,
    Park,
    PauseReason,
    Priority,
    TakeBreak,
    Ticket,
    Transfer,
)
from tests.bookings import OFFICE
from tests.queues import walk_in
from tests.stateful.queue_promises import QueuePromises

picks = st.sampled_from([0, 0, 0, 1, 2, 5])
seats = st.integers(0, 2)
lines = st.sampled_from([Line.HOUSEHOLD, Line.VEHICLE])
# Mostly quick, sometimes beyond the time for an undo, now and then beyond a break.
pauses = st.sampled_from([0, 0, 1, 5, 11, 60, 900])


class QueueSteps(QueuePromises):
    """A mixin of a RuleBasedStateMachine that has a `world` and a `crew`."""

    @initialize()
    def open_the_windows(self) -> None:
        """A clerk at each window."""
        self.windows, self.clerks, self.boss = self.crew.windows, self.crew.clerks, self.crew.boss
        self.last = {}
        for seat in range(len(self.windows)):
            self.change_a_window(seat, "sit_down")
        for line in (Line.HOUSEHOLD, Line.VEHICLE, Line.HOUSEHOLD, Line.HOUSEHOLD):
            self.take_a_number(line, Priority.NORMAL, 1)

    # Coming and going

    @rule(line=lines, priority=st.sampled_from(Priority), pause=pauses)
    def take_a_number(self, line: Line, priority: Priority, pause: int) -> None:
        self.world.later(pause)
        actor = self.clerks[0]
        self.world.attempt(walk_in(actor, self.world.now, line=line, priority=priority))

    @rule(pick=picks, pause=pauses)
    def check_in(self, pick: int, pause: int) -> None:
        self.world.later(pause)
        rows = self.world.rows(
            "SELECT reference FROM appointment WHERE status = 'booked' AND day = $1"
            " ORDER BY starts_at, booked_at, id",
            local_date(self.world.now),
        )
        if rows:
            command = CheckIn(office_code=OFFICE, reference=rows[pick % len(rows)]["reference"])
            self.world.attempt(queue.check_in(self.clerks[0], command, self.world.now))

    @precondition(lambda self: "waiting" in self.seen)
    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        self._act(0, pick, ("waiting", "parked"), queue.withdraw)

    @precondition(lambda self: "skipped" in self.seen)
    @rule(pick=picks)
    def come_back(self, pick: int) -> None:
        self._act(1, pick, ("skipped",), queue.come_back)

    # At a window

    @rule(seat=seats, pause=pauses)
    def call_next(self, seat: int, pause: int) -> None:
        self.world.later(pause)
        window, actor = self.windows[seat], self.clerks[seat]
        first = self._first(window)
        kept = self._kept(first) if first else None
        refused = self._refusal(window)
        called = self.world.attempt(queue.call_next(actor, window.id, self.world.now))
        if refused is not None:
            assert isinstance(called, refused)
        elif first is None:
            assert called is None
        else:
            assert isinstance(called, Ticket)
            assert called.id == first, "the published order"
            self._remember(window, called.id, kept)

    @precondition(lambda self: "waiting" in self.seen)
    @rule(seat=seats)
    def serve(self, seat: int) -> None:
        """The usual way, so that the rarer ones are often reached."""
        self.call_next(seat, 0)
        self.start(seat, 0)

    @precondition(lambda self: "waiting" in self.seen)
    @rule(seat=seats, pick=picks, reason=st.sampled_from(ChosenReason))
    def call_chosen(self, seat: int, pick: int, reason: ChosenReason) -> None:
        window = self.windows[seat]

        def choose(actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
            command = CallChosen(window_id=window.id, ticket_id=ticket_id, reason=reason)
            return queue.call_chosen(actor, command, now)

        self._act(seat, pick, ("waiting",), choose)

    @precondition(lambda self: "called" in self.seen)
    @rule(seat=seats, pick=picks)
    def recall(self, seat: int, pick: int) -> None:
        found = self._pick(("called",), pick, seat)
        if found:
            self.world.attempt(queue.recall(self.clerks[seat], found, self.world.now))

    @precondition(lambda self: "called" in self.seen)
    @rule(seat=seats, pick=picks)
    def start(self, seat: int, pick: int) -> None:
        self._act(seat, pick, ("called",), queue.start)

    @precondition(lambda self: "called" in self.seen)
    @rule(seat=seats, pick=picks)
    def skip(self, seat: int, pick: int) -> None:
        self._act(seat, pick, ("called",), queue.skip)

    @precondition(lambda self: "serving" in self.seen)
    @rule(seat=seats, pick=picks, outcome=st.sampled_from(Outcome.chosen()))
    def finish(self, seat: int, pick: int, outcome: Outcome) -> None:
        def end(actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
            return queue.finish(actor, ticket_id, now, outcome=outcome, note="copy kept")

        self._act(seat, pick, ("serving",), end)

    @precondition(lambda self: "serving" in self.seen)
    @rule(seat=seats, pick=picks)
    def park(self, seat: int, pick: int) -> None:
        def let_go(actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
            return queue.park(actor, Park(ticket_id=ticket_id, note="a photo"), now)

        self._act(seat, pick, ("serving",), let_go)

    @precondition(lambda self: "parked" in self.seen)
    @rule(seat=seats, pick=picks)
    def resume(self, seat: int, pick: int) -> None:
        self._act(seat, pick, ("parked",), queue.resume)

    @precondition(lambda self: "called" in self.seen or "serving" in self.seen)
    @rule(seat=seats, pick=picks, to=st.one_of(lines, seats))
    def hand_on(self, seat: int, pick: int, to: Line | int) -> None:
        target = {"line": to} if isinstance(to, Line) else {"window_id": self.windows[to].id}

        def transfer(actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
            return queue.transfer(actor, Transfer(ticket_id=ticket_id, **target), now)

        self._act(seat, pick, ("called", "serving"), transfer)

    @rule(seat=seats, pause=pauses)
    def undo(self, seat: int, pause: int) -> None:
        self.world.later(pause)
        window, last = self.windows[seat], self.last.get(self.windows[seat].id)
        undone = self.world.attempt(queue.undo(self.clerks[seat], window.id, self.world.now))
        if isinstance(undone, DomainError):
            assert last is None or not self._may_undo(window, last), undone
            return
        assert last is not None
        assert undone.id == last.ticket_id
        assert self._kept(undone.id)[0] == last.before, "to the second"
        del self.last[window.id]

    # The windows themselves

    @rule(
        seat=seats,
        change=st.sampled_from(
            ["sit_down", "sit_down", "break", "go_on", "go_on", "leave", "close"]
        ),
    )
    def change_a_window(self, seat: int, change: str) -> None:
        window, actor, now = self.windows[seat], self.clerks[seat], self.world.now
        rest = TakeBreak(window_id=window.id, reason=PauseReason.REST, length=timedelta(minutes=10))
        match change:
            case "sit_down":
                self.world.attempt(queue.sit_down(actor, window.id, now))
            case "break":
                self.world.attempt(queue.take_break(actor, rest, now))
            case "go_on":
                self.world.attempt(queue.go_on(self.boss, window.id, now))
            case "leave":
                self.world.attempt(queue.leave(actor, window.id, now))
            case _:
                self.world.attempt(queue.close_window(self.boss, window.id, now))

    @rule(seat=seats, moved=st.lists(lines, max_size=2, unique=True))
    def move_window(self, seat: int, moved: list[Line]) -> None:
        command = MoveWindow(window_id=self.windows[seat].id, lines=tuple(moved))
        self.world.attempt(queue.move_window(self.boss, command, self.world.now))
