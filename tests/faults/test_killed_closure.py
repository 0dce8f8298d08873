"""A worker is killed in the middle of a closure: everybody is moved once and told once."""

import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from services import appointments
from services.appointments import ApplyChange, ClosureStatus, DisplacementStatus
from services.kernel import database
from services.kernel.clock import SystemClock, local_date
from tests.bookings import ITEM, OFFICE
from tests.closures import NOTE, administrator
from tests.faults.conftest import Workers, book_with_mail, mails_recorded, until
from tests.faults.crashing import Step
from tests.harness.mailbox import Mailbox
from tests.parties import family
from tests.people import citizen_actor, named_person

pytestmark = pytest.mark.usefixtures("hall")

PEOPLE = 6


@pytest.mark.parametrize("step", [Step.EVENT_CLAIMED, Step.EVENT_EXPANDED])
async def test_the_rest_is_done_by_the_next_worker(
    workers: Workers, mailbox: Mailbox, tmp_path: Path, step: Step
) -> None:
    booked = [await book_with_mail(f"person{number}@example.org") for number in range(PEOPLE)]
    first = workers.start()
    await until(lambda: mails_recorded(PEOPLE), "all are confirmed")
    first.send_signal(signal.SIGTERM)
    await until(lambda: first.poll() is not None, "the worker ends")
    mailbox.clear()

    now = SystemClock().now()
    admin = await administrator(now)
    day = local_date(booked[0].starts_at)
    close = appointments.Close(
        office_code=booked[0].office_code, first_day=day, last_day=day, note=NOTE
    )
    shown = await appointments.preview_change(admin, close, now)
    assert len(shown.hits) == PEOPLE
    [closure_id] = await appointments.apply_change(
        admin, ApplyChange(change=close, digest=shown.digest), now
    )

    killed = workers.start("--step", step, "--spent", str(tmp_path / "spent"))
    await workers.killed(killed)
    assert (await appointments.closure(admin, closure_id)).status is ClosureStatus.RUNNING

    workers.start()
    await until(lambda: mails_recorded(2 * PEOPLE), "all are told")

    async def done() -> bool:
        return (await appointments.closure(admin, closure_id)).status is ClosureStatus.DONE

    await until(done, "the closure is done")
    found = [await appointments.appointment(one.id) for one in booked]
    assert [one.sequence for one in found] == [1] * PEOPLE
    assert all(one.starts_at > before.starts_at for one, before in zip(found, booked, strict=True))
    assert all(local_date(one.starts_at) - day <= timedelta(days=10) for one in found)
    told = Counter(mail["X-Envelope-To"] for mail in mailbox.mails())
    assert told == {f"person{number}@example.org": 1 for number in range(PEOPLE)}
    once = await database.fetchval("SELECT count(*) = count(DISTINCT seat_id) FROM appointment")
    assert once


async def test_a_party_is_moved_whole_though_the_worker_is_killed_between_its_members(
    workers: Workers, tmp_path: Path
) -> None:
    now = SystemClock().now()
    people = await family(citizen_actor(await named_person(now)), companions=3, now=now)
    first = (await appointments.next_free(ITEM, now))[OFFICE]
    made = await people.books(first.id, now=now)
    admin = await administrator(now)
    day = local_date(first.starts_at)
    close = appointments.Close(office_code=OFFICE, first_day=day, last_day=day, note=NOTE)
    shown = await appointments.preview_change(admin, close, now)
    command = ApplyChange(change=close, digest=shown.digest)
    [closure_id] = await appointments.apply_change(admin, command, now)

    options = ("--step", Step.BETWEEN_MEMBERS, "--spent", str(tmp_path / "spent"))
    killed = workers.start(*options)
    await workers.killed(killed)
    untouched = [await appointments.appointment(one.id) for one in made]
    assert [(one.slot_id, one.sequence) for one in untouched] == [(first.id, 0)] * len(made)
    cases = await appointments.cases(admin, closure_id)
    assert {one.status for one in cases} == {DisplacementStatus.WAITING}

    workers.start()

    async def done() -> bool:
        return (await appointments.closure(admin, closure_id)).status is ClosureStatus.DONE

    await until(done, "the closure is done")
    moved = [await appointments.appointment(one.id) for one in made]
    [there] = {one.slot_id for one in moved}
    assert there != first.id
    assert {one.sequence for one in moved} == {1}
    once = await database.fetchval("SELECT count(*) = count(DISTINCT seat_id) FROM appointment")
    assert once
