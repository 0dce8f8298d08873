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
from tests.stateful.booking_steps import BookingSteps
from tests.stateful.found import TO_COME
from tests.stateful.hall import everybody
from tests.stateful.queue_knowledge import QueueKnowledge

picks = st.sampled_from([0, 0, 0, 1, 2, 5])
seats = st.integers(0, 2)
# Mostly the clerk who has the ticket, now and then another.
clerks = st.sampled_from([None, None, None, 0, 1, 2])
lines = st.sampled_from([Line.HOUSEHOLD, Line.VEHICLE])
# What can be done with a ticket, by its state.
ACTS = {
    "called": ("start", "skip", "recall", "hand on"),
    "serving": ("finish", "park", "hand on"),
    "parked": ("resume", "withdraw"),
    "skipped": ("come back",),
    "waiting": ("withdraw",),
}
numbers = st.integers(0, 11)
CHECK_IN_OPENS = timedelta(minutes=30)
# Mostly quick, sometimes beyond the time for an undo, now and then beyond a break.
pauses = st.sampled_from([0, 0, 1, 5, 11, 60, 900])


class QueueSteps(QueueKnowledge, BookingSteps):
    """A mixin of a RuleBasedStateMachine that has a `world` and a `crew`."""

    @initialize()
    def open_the_windows(self) -> None:
        """A clerk at each window."""
        self.windows, self.clerks, self.boss = self.crew.windows, self.crew.clerks, self.crew.boss
        self.last, self.handed_on = {}, 0
        for seat in range(len(self.windows)):
            self.change_a_window(seat, "sit_down")
        for line in (Line.HOUSEHOLD, Line.VEHICLE):
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
        found = self._one_of(TO_COME, pick, local_date(self.world.now), OFFICE)
        if found:
            command = CheckIn(office_code=OFFICE, reference=found[1])
            self.world.attempt(queue.check_in(self.clerks[0], command, self.world.now))

    @rule(who=everybody, slot=st.sampled_from([0, 1, 1, 2]))
    def arrive(self, who: int, slot: int) -> None:
        """Somebody telephones, and is there when the hall first lets them in."""
        self.telephone(self._idle(who), slot)
        (row,) = self.world.rows("SELECT starts_at FROM slot WHERE id = $1", self._slot(slot))
        self.world.now = max(self.world.now, row["starts_at"] - CHECK_IN_OPENS)
        self.check_in(0, 0)

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

    @precondition(lambda self: "waiting" in self.there)
    @rule(
        seat=seats,
        ending=st.sampled_from(["recall", "finish", "skip", "come back", "park", "hand on"]),
    )
    def serve(self, seat: int, ending: str) -> None:
        """The usual way, so that the rarer ones are often reached."""
        self.call_next(seat, 0)
        steps = {"recall": ("recall",), "skip": ("skip",), "come back": ("skip", "come back")}
        for act in steps.get(ending, ("start", ending)):
            self._do(act)

    @precondition(lambda self: "waiting" in self.there)
    @rule(seat=seats, pick=picks, reason=st.sampled_from(ChosenReason))
    def call_chosen(self, seat: int, pick: int, reason: ChosenReason) -> None:
        window = self.windows[seat]

        def choose(actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
            command = CallChosen(window_id=window.id, ticket_id=ticket_id, reason=reason)
            return queue.call_chosen(actor, command, now)

        self._act(seat, pick, ("waiting",), choose)

    @rule(seat=clerks, pick=picks, number=numbers)
    def act(self, seat: int | None, pick: int, number: int) -> None:
        """One of the things that can be done with the tickets there are."""
        if possible := self._possible():
            self._do(possible[number % len(possible)], seat, pick)

    @rule(number=numbers)
    def misclick(self, number: int) -> None:
        """An act, and the step back from it."""
        possible = [act for act in self._possible() if act != "recall"]
        if number and possible:
            self._do(possible[number % len(possible)])
        else:
            self.call_next(0, 0)
        self.undo(None, 5)

    def _possible(self) -> list[str]:
        return [act for status, acts in ACTS.items() if status in self.there for act in acts]

    def _do(self, act: str, seat: int | None = None, pick: int = 0) -> None:
        statuses = tuple(status for status, acts in ACTS.items() if act in acts)
        verbs: dict[str, Any] = {
            "recall": queue.recall,
            "start": queue.start,
            "skip": queue.skip,
            "come back": queue.come_back,
            "withdraw": queue.withdraw,
            "resume": queue.resume,
            "park": self._park,
            "finish": self._finish,
            "hand on": self._hand_on,
        }
        self._act(seat, pick, statuses, verbs[act])

    def _park(self, actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
        return queue.park(actor, Park(ticket_id=ticket_id, note="a photo"), now)

    def _finish(self, actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
        return queue.finish(actor, ticket_id, now, outcome=Outcome.DONE, note="copy kept")

    def _hand_on(self, actor: Actor, ticket_id: UUID, now: datetime) -> Coroutine[Any, Any, Ticket]:
        """To the other line and to a window by turns."""
        self.handed_on += 1
        target: dict[str, Any] = (
            {"line": Line.VEHICLE}
            if self.handed_on % 2
            else {"window_id": self.windows[self.handed_on % 3].id}
        )
        return queue.transfer(actor, Transfer(ticket_id=ticket_id, **target), now)

    @rule(seat=clerks, pause=pauses)
    def undo(self, seat: int | None, pause: int) -> None:
        """Without a seat, at the window that has acted last."""
        self.world.later(pause)
        newest = max(self.last.items(), key=lambda one: one[1].at, default=(None, None))[0]
        at = next((n for n, one in enumerate(self.windows) if one.id == newest), 0)
        seat = at if seat is None else seat
        window, last = self.windows[seat], self.last.get(self.windows[seat].id)
        undone = self.world.attempt(queue.undo(self.clerks[seat], window.id, self.world.now))
        if isinstance(undone, DomainError):
            assert last is None or not self._may_undo(window, last), undone
            return
        assert last is not None
        assert self.world.now - last.at <= queue.UNDO_WITHIN
        assert undone.id == last.ticket_id
        assert self._kept(undone.id)[0] == last.before, "to the second"
        del self.last[window.id]

    # The windows themselves

    @rule(
        seat=seats,
        change=st.sampled_from(
            ["sit_down", "sit_down", "break", "break", "go_on", "leave", "close", "move"]
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
            case "move":
                to = tuple(
                    line for line in (Line.HOUSEHOLD, Line.VEHICLE) if line not in window.lines
                )
                moved = MoveWindow(window_id=window.id, lines=to)
                self.world.attempt(queue.move_window(self.boss, moved, now))
            case _:
                self.world.attempt(queue.close_window(self.boss, window.id, now))
