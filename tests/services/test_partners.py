"""What partners may do, for whom and where; and what nobody but the right one finds."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from services import appointments, audit, identity, partners
from services.appointments import AppointmentStatus, AppointmentUnknown, BookingChannel
from services.identity import RegisterByStaff
from services.kernel import database
from services.kernel.actor import ANONYMOUS, Actor, ActorKind
from services.kernel.clock import FixedClock
from services.kernel.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    NotSignedIn,
    RateLimited,
)
from services.kernel.ids import new_id
from services.partners import (
    AddEndpoint,
    BookFor,
    Details,
    EndpointExists,
    EndpointUnknown,
    EventType,
    NewKey,
    PartnerDayFull,
    PartnerNameTaken,
    PartnerPersonUnknown,
    PersonHasBooking,
    PersonRefused,
    RegisterPerson,
    Scope,
    Times,
    TooManyEndpoints,
    TooManyKeys,
)
from tests.bookings import CLERK, ITEM, NOW, OFFICE, TOMORROW, booked, named, open_hall, slots
from tests.partners import (
    ADMINISTRATOR,
    acting,
    booked_by,
    expand_all,
    new_endpoint,
    new_key,
    new_partner,
    registered,
)
from tests.people import new_phone, new_resident_id

ELSEWHERE = "gaotang"
CITIZEN = ActorKind.CITIZEN


@pytest.fixture
async def partner_id(
    catalogue: "asyncpg.Connection[asyncpg.Record]", redis: Redis, clock: FixedClock
) -> UUID:
    """A platform, and a hall with slots."""
    del catalogue, redis
    await open_hall()
    return await new_partner(clock.now())


@pytest.fixture
def partner(partner_id: UUID) -> Actor:
    return acting(partner_id)


def somebody(**changes: str | bool) -> RegisterPerson:
    details: dict[str, str | bool] = {
        "name": "张三",
        "id_type": "resident_id",
        "id_number": new_resident_id(),
        "phone": new_phone(),
        "consent": True,
    }
    return RegisterPerson(**{**details, **changes})  # type: ignore[arg-type]  # the fields' own types


class TestPlatformsAndKeys:
    async def test_only_an_administrator_keeps_them(self, partner_id: UUID) -> None:
        details = Details(name="门户网站", kind="portal")
        for actor, error in ((CLERK, Forbidden), (ANONYMOUS, NotSignedIn)):
            with pytest.raises(error):
                await partners.create_partner(actor, details, NOW)
            with pytest.raises(error):
                await partners.partner(actor, partner_id)
            with pytest.raises(error):
                await partners.create_key(
                    actor, NewKey(partner_id=partner_id, label="x", scopes=["slots:read"]), NOW
                )
            with pytest.raises(error):
                await partners.endpoints(actor, partner_id)

    async def test_a_name_is_given_once_and_a_contact_is_sealed(self, partner_id: UUID) -> None:
        details = Details(name="门户网站", kind="portal", contact="li.si@example.org")
        made = await partners.create_partner(ADMINISTRATOR, details, NOW)
        with pytest.raises(PartnerNameTaken):
            await partners.create_partner(ADMINISTRATOR, details, NOW)
        assert (await partners.partner(ADMINISTRATOR, made)).contact == "li.si@example.org"
        kept = await database.fetchval("SELECT p::text FROM partner p WHERE id = $1", made)
        assert "example.org" not in kept

    async def test_a_key_is_found_by_its_digest_until_it_is_revoked_or_runs_out(
        self, partner_id: UUID, clock: FixedClock
    ) -> None:
        first = await new_key(partner_id, Scope.SLOTS_READ, office_code=OFFICE)
        second = await new_key(partner_id)
        facts = await partners.authenticate_key(first, clock.now())
        assert facts is not None
        assert facts.partner_id == partner_id
        assert [(held.role, held.office_code) for held in facts.grants] == [("slots:read", OFFICE)]
        assert first not in str(await database.fetch("SELECT k::text FROM partner_key k"))
        shown = {key.id: key for key in await partners.keys(ADMINISTRATOR, partner_id)}
        assert shown[facts.id].last_used_on is not None
        assert first.startswith(shown[facts.id].prefix)

        await partners.revoke_key(ADMINISTRATOR, partner_id, facts.id, clock.now())
        assert await partners.authenticate_key(first, clock.now()) is None
        assert await partners.authenticate_key(second, clock.now()) is not None
        with pytest.raises(Conflict):
            await partners.revoke_key(ADMINISTRATOR, partner_id, facts.id, clock.now())
        with pytest.raises(NotFound):
            await partners.revoke_key(ADMINISTRATOR, partner_id, new_id(), clock.now())
        later = clock.now() + partners.KEY_LIFETIME
        assert await partners.authenticate_key(second, later) is None
        for wrong in ("", "bst_partner_x", first[:-1], second + "x", "bst_" + first):
            assert await partners.authenticate_key(wrong, clock.now()) is None

    async def test_who_is_shut_out_is_shut_out_at_once(
        self, partner_id: UUID, clock: FixedClock
    ) -> None:
        key = await new_key(partner_id)
        await partners.set_active(ADMINISTRATOR, partner_id, clock.now(), active=False)
        assert await partners.authenticate_key(key, clock.now()) is None
        await partners.set_active(ADMINISTRATOR, partner_id, clock.now(), active=True)
        assert await partners.authenticate_key(key, clock.now()) is not None

    async def test_a_key_wants_a_purpose_and_there_are_so_many(self, partner_id: UUID) -> None:
        for wrong in (
            NewKey(partner_id=partner_id, label="", scopes=["slots:read"]),
            NewKey(partner_id=partner_id, label="x", scopes=[]),
            NewKey(partner_id=partner_id, label="x", scopes=["slots:read", "all"]),
            NewKey(partner_id=partner_id, label="x", scopes=["slots:read"], days=400),
            NewKey(partner_id=partner_id, label="x", scopes=["slots:read"], office_code="x"),
        ):
            with pytest.raises(InvalidInput):
                await partners.create_key(ADMINISTRATOR, wrong, NOW)
        for _ in range(10):
            await new_key(partner_id)
        with pytest.raises(TooManyKeys):
            await new_key(partner_id)

    @pytest.mark.usefixtures("partner_id")
    async def test_requests_are_counted_by_partner_whichever_key(self, clock: FixedClock) -> None:
        quiet, busy = await new_partner(), await new_partner(requests_a_minute=3)
        keys = [await new_key(busy), await new_key(busy)]
        for number in range(3):
            assert await partners.authenticate_key(keys[number % 2], clock.now())
        with pytest.raises(RateLimited):
            await partners.authenticate_key(keys[0], clock.now())
        assert await partners.authenticate_key(await new_key(quiet), clock.now())


class TestPeople:
    async def test_a_person_has_one_id_with_each_partner(self, partner: Actor) -> None:
        command = somebody()
        other = acting(await new_partner())
        here = await partners.register_person(partner, command, NOW)
        assert await partners.register_person(partner, command, NOW) == here
        there = await partners.register_person(other, command, NOW)
        people = await database.fetch("SELECT id FROM person WHERE id_number IS NOT NULL")
        assert len({here, there, *(row["id"] for row in people)}) == 2 + len(people)

    @pytest.mark.parametrize(
        "changes", [{"name": "李四"}, {"phone": "13700000000"}], ids=["name", "phone"]
    )
    async def test_somebody_known_is_found_only_with_the_same_name_and_phone(
        self, partner: Actor, changes: dict[str, str]
    ) -> None:
        command = somebody()
        await partners.register_person(partner, command, NOW)
        different = RegisterPerson(
            **{name: getattr(command, name) for name in command.__struct_fields__} | changes
        )
        with pytest.raises(PersonRefused):
            await partners.register_person(acting(await new_partner()), different, NOW)

    async def test_a_phone_of_somebody_else_tells_nothing(self, partner: Actor) -> None:
        known = somebody()
        await partners.register_person(partner, known, NOW)
        with pytest.raises(PersonRefused):
            await partners.register_person(partner, somebody(phone=known.phone), NOW)

    async def test_who_has_no_phone_at_the_counter_gets_none_by_a_partner(
        self, partner: Actor
    ) -> None:
        number = new_resident_id()
        known = await identity.register_by_staff(
            CLERK, RegisterByStaff(name="张三", id_type="resident_id", id_number=number), NOW
        )
        await partners.register_person(partner, somebody(id_number=number), NOW)
        assert (await identity.contact(known.person_id)).phone is None

    async def test_consent_and_every_field_are_wanted(self, partner: Actor) -> None:
        for wrong in (
            {"consent": False},
            {"name": ""},
            {"id_number": "1"},
            {"phone": ""},
            {"phone": "1"},
            {"id_type": "x"},
        ):
            with pytest.raises(InvalidInput):
                await partners.register_person(partner, somebody(**wrong), NOW)

    async def test_who_withdraws_is_acted_for_no_more(
        self, partner: Actor, partner_id: UUID, clock: FixedClock
    ) -> None:
        await new_endpoint(partner_id, "http://127.0.0.1:65535/a")
        made = await booked_by(partner)
        person = Actor(kind=CITIZEN, id=made.appointment.person_id)
        [permit] = await partners.permits(person)
        with pytest.raises(NotFound):
            await partners.withdraw(await named(), permit.id, NOW)
        await partners.withdraw(person, permit.id, NOW)
        assert await partners.permits(person) == []
        with pytest.raises(PartnerPersonUnknown):
            await partners.cancel(partner, made.appointment.reference, NOW)
        await appointments.cancel(person, made.appointment.reference, NOW)
        await expand_all(clock.now())
        assert await partners.deliveries(ADMINISTRATOR, partner_id) == []
        assert len(await partners.bookings(partner)) == 1


class TestBooking:
    async def test_the_booking_names_its_channel_and_the_audit_its_partner(
        self, partner: Actor, partner_id: UUID
    ) -> None:
        made = await booked_by(partner)
        assert made.appointment.channel is BookingChannel.PARTNER
        [entry] = await audit.about("appointment", made.appointment.id)
        assert (entry.actor_kind, entry.actor_id) == ("partner", partner_id)

    async def test_the_person_sees_it_and_can_cancel_it_and_the_partner_sees_that(
        self, partner: Actor
    ) -> None:
        made = await booked_by(partner)
        person = Actor(kind=CITIZEN, id=made.appointment.person_id)
        assert [one.id for one in await appointments.mine(person)] == [made.appointment.id]
        await appointments.cancel(person, made.appointment.reference, NOW)
        [seen] = await partners.bookings(partner)
        assert seen.appointment.status is AppointmentStatus.CANCELLED

    async def test_another_partner_reaches_neither_people_nor_bookings(
        self, partner: Actor
    ) -> None:
        made = await booked_by(partner)
        other = acting(await new_partner())
        [slot, later] = await slots(TOMORROW + timedelta(days=1))
        reference = made.appointment.reference
        for deed in (
            lambda: partners.booking(other, reference),
            lambda: partners.cancel(other, reference, NOW),
            lambda: partners.reschedule(other, reference, later.id, NOW),
        ):
            with pytest.raises(AppointmentUnknown):
                await deed()
        assert await partners.bookings(other) == []
        command = BookFor(person_id=made.person_id, item_code=ITEM, slot_id=slot.id)
        with pytest.raises(PartnerPersonUnknown):
            await partners.book_for(other, command, NOW)

    async def test_a_partner_reaches_no_booking_that_its_person_made_alone(
        self, partner: Actor
    ) -> None:
        person_id = await registered(partner)
        row = await database.fetchval(
            "SELECT person_id FROM partner_person WHERE id = $1", person_id
        )
        [slot, later] = await slots()
        own = await booked(Actor(kind=CITIZEN, id=row), slot.id)
        with pytest.raises(AppointmentUnknown):
            await partners.cancel(partner, own.reference, NOW)
        with pytest.raises(AppointmentUnknown):
            await appointments.cancel(partner, own.reference, NOW)
        with pytest.raises(PersonHasBooking) as refused:
            command = BookFor(person_id=person_id, item_code=ITEM, slot_id=later.id)
            await partners.book_for(partner, command, NOW)
        assert own.reference not in str(refused.value.data)

    async def test_moving_and_cancelling_its_own(self, partner: Actor) -> None:
        made = await booked_by(partner)
        [_, later] = await slots(TOMORROW + timedelta(days=1))
        reference = made.appointment.reference
        moved = await partners.reschedule(partner, reference, later.id, NOW)
        assert (moved.appointment.slot_id, moved.person_id) == (later.id, made.person_id)
        await partners.cancel(partner, reference, NOW)
        found = await partners.booking(partner, reference)
        assert found.appointment.status is AppointmentStatus.CANCELLED

    async def test_the_deadline_binds_partners_too(self, partner: Actor) -> None:
        made = await booked_by(partner)
        late = made.appointment.starts_at - timedelta(minutes=10)
        with pytest.raises(appointments.TooLateToChange):
            await partners.cancel(partner, made.appointment.reference, late)

    @pytest.mark.usefixtures("partner_id")
    async def test_so_many_a_day_and_no_more(self) -> None:
        partner = acting(await new_partner(bookings_a_day=2))
        await booked_by(partner)
        made = await booked_by(partner)
        with pytest.raises(PartnerDayFull):
            await booked_by(partner)
        assert len(await partners.bookings(partner)) == 2
        await partners.cancel(partner, made.appointment.reference, NOW)
        with pytest.raises(PartnerDayFull):
            await booked_by(partner)

    async def test_a_key_for_one_hall_is_good_for_no_other(
        self, partner: Actor, partner_id: UUID
    ) -> None:
        made = await booked_by(partner)
        narrow = acting(partner_id, office_code=ELSEWHERE)
        person_id = await registered(narrow)
        [slot, _] = await slots(TOMORROW + timedelta(days=1))
        wanted = Times(office_code=OFFICE, item_code=ITEM, first=TOMORROW, last=TOMORROW)
        with pytest.raises(Forbidden):
            await partners.slots(narrow, wanted, NOW)
        with pytest.raises(Forbidden):
            command = BookFor(person_id=person_id, item_code=ITEM, slot_id=slot.id)
            await partners.book_for(narrow, command, NOW)
        with pytest.raises(AppointmentUnknown):
            await partners.booking(narrow, made.appointment.reference)
        with pytest.raises(AppointmentUnknown):
            await partners.cancel(narrow, made.appointment.reference, NOW)
        assert await partners.bookings(narrow) == []
        assert len(await partners.slots(acting(partner_id, office_code=OFFICE), wanted, NOW)) == 2

    async def test_every_operation_wants_its_scope(self, partner: Actor, partner_id: UUID) -> None:
        made = await booked_by(partner)
        [slot, _] = await slots(TOMORROW + timedelta(days=1))
        reference = made.appointment.reference
        wanted = Times(office_code=OFFICE, item_code=ITEM, first=TOMORROW, last=TOMORROW)
        book = BookFor(person_id=made.person_id, item_code=ITEM, slot_id=slot.id)
        endpoint = AddEndpoint(
            partner_id=partner_id, url="http://127.0.0.1:65535/", event_types=[EventType.BOOKED]
        )
        deeds: dict[Scope, list[Callable[[Actor], Awaitable[object]]]] = {
            Scope.SLOTS_READ: [lambda a: partners.slots(a, wanted, NOW)],
            Scope.PEOPLE_WRITE: [lambda a: partners.register_person(a, somebody(), NOW)],
            Scope.APPOINTMENTS_READ: [
                lambda a: partners.booking(a, reference),
                partners.bookings,
            ],
            Scope.APPOINTMENTS_WRITE: [
                lambda a: partners.book_for(a, book, NOW),
                lambda a: partners.reschedule(a, reference, slot.id, NOW),
                lambda a: partners.cancel(a, reference, NOW),
            ],
            Scope.WEBHOOKS_MANAGE: [
                lambda a: partners.add_endpoint(a, endpoint, NOW),
                lambda a: partners.endpoints(a, partner_id),
                lambda a: partners.deliveries(a, partner_id),
            ],
        }
        for scope, guarded in deeds.items():
            without = acting(partner_id, *(each for each in Scope if each is not scope))
            for deed in guarded:
                with pytest.raises(Forbidden):
                    await deed(without)
                with pytest.raises(NotSignedIn):
                    await deed(ANONYMOUS)


class TestWebhooks:
    async def test_what_becomes_of_a_booking_is_told_to_its_partner_alone(
        self, partner: Actor, partner_id: UUID, clock: FixedClock
    ) -> None:
        other = await new_partner()
        await new_endpoint(partner_id, "http://127.0.0.1:65535/a")
        await new_endpoint(partner_id, "http://127.0.0.1:65535/b", EventType.CANCELLED)
        await new_endpoint(other, "http://127.0.0.1:65535/c")
        await booked(await named(), (await slots())[1].id)
        made = await booked_by(partner)
        await partners.cancel(partner, made.appointment.reference, clock.now())
        await expand_all(clock.now())

        told = await partners.deliveries(ADMINISTRATOR, partner_id)
        assert sorted((each.url[-1], each.event_type) for each in told) == [
            ("a", EventType.BOOKED),
            ("a", EventType.CANCELLED),
            ("b", EventType.CANCELLED),
        ]
        assert await partners.deliveries(ADMINISTRATOR, other) == []
        bodies = await database.fetch("SELECT body FROM webhook_delivery")
        for row in bodies:
            assert str(made.person_id) in row["body"]
            assert str(made.appointment.person_id) not in row["body"]
            assert "张三" not in row["body"]

    async def test_a_no_show_that_was_taken_back_is_not_told(
        self, partner: Actor, partner_id: UUID, clock: FixedClock
    ) -> None:
        await new_endpoint(partner_id, "http://127.0.0.1:65535/a", EventType.NO_SHOW)
        made = await booked_by(partner)
        appointment_id = made.appointment.id
        await appointments.mark_no_show(CLERK, appointment_id, clock.now())
        await appointments.step_back(
            CLERK,
            appointment_id,
            AppointmentStatus.NO_SHOW,
            AppointmentStatus.BOOKED,
            clock.now(),
        )
        await expand_all(clock.now() + appointments.UNDO_WITHIN)
        assert await partners.deliveries(ADMINISTRATOR, partner_id) == []
        await appointments.mark_no_show(CLERK, appointment_id, clock.now())
        await expand_all(clock.now())
        assert await partners.deliveries(ADMINISTRATOR, partner_id) == []
        await expand_all(clock.now() + appointments.UNDO_WITHIN)
        [told] = await partners.deliveries(ADMINISTRATOR, partner_id)
        assert told.event_type is EventType.NO_SHOW

    async def test_endpoints_are_a_partner_s_own(self, partner: Actor, partner_id: UUID) -> None:
        endpoint = await new_endpoint(partner_id, "http://127.0.0.1:65535/a")
        delivery = await partners.send_test(partner, endpoint.endpoint_id, NOW)
        other = acting(await new_partner())
        for deed in (
            lambda: partners.endpoints(other, partner_id),
            lambda: partners.deliveries(other, partner_id),
            lambda: partners.send_test(other, endpoint.endpoint_id, NOW),
            lambda: partners.rotate_secret(other, endpoint.endpoint_id, NOW),
            lambda: partners.remove_endpoint(other, endpoint.endpoint_id, NOW),
            lambda: partners.replay(other, delivery, NOW),
        ):
            with pytest.raises(EndpointUnknown):
                await deed()

    async def test_an_address_is_taken_once_and_there_are_so_many(self, partner_id: UUID) -> None:
        made = await new_endpoint(partner_id, "http://127.0.0.1:65535/0")
        with pytest.raises(EndpointExists):
            await new_endpoint(partner_id, "http://127.0.0.1:65535/0")
        for number in range(1, 5):
            await new_endpoint(partner_id, f"http://127.0.0.1:65535/{number}")
        with pytest.raises(TooManyEndpoints):
            await new_endpoint(partner_id, "http://127.0.0.1:65535/5")
        await partners.remove_endpoint(ADMINISTRATOR, made.endpoint_id, NOW)
        await new_endpoint(partner_id, "http://127.0.0.1:65535/0")

    async def test_a_private_address_is_refused_at_registration(self, partner: Actor) -> None:
        assert partner.id is not None
        for url in ("http://10.0.0.1/", "https://169.254.169.254/latest", "http://[fd00::1]/"):
            command = AddEndpoint(
                partner_id=partner.id, url=url, event_types=["appointment.booked"]
            )
            with pytest.raises(InvalidInput) as refused:
                await partners.add_endpoint(partner, command, NOW)
            [error] = refused.value.errors
            assert (error.field, error.code) == ("url", "url_not_public")
