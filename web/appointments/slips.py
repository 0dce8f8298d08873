"""What one takes along from an appointment: the code on the slip, and the calendar file."""

from datetime import datetime

from litestar import Response
from markupsafe import Markup

from services import appointments, catalog, identity
from services.appointments import Appointment
from services.kernel.actor import Actor
from services.kernel.i18n import N_
from services.kernel.ids import show_reference
from services.kernel.translations import Language, translate
from web.appointments import addresses
from web.common.qr import qr_svg

CALENDAR = "text/calendar"
FOR_SOMEBODY = N_("%(what)s (%(name)s)")
BRING = N_("Reference %(reference)s. Please bring: %(papers)s")


def slip_code(appointment: Appointment) -> Markup:
    """The QR code that the hall scans and that any phone can open."""
    return qr_svg(addresses.on_slip(appointment.reference))


async def calendar_answer(actor: Actor, appointment: Appointment, now: datetime) -> Response[bytes]:
    """The appointment as an iCalendar file, in the language in which the citizen has notices.

    Whoever arranged it for somebody else has several of them: the name says whose it is.
    """
    language = Language((await identity.contact(actor.person_id())).language)
    codes = (appointment.item_code, *appointment.further_items)
    items = [await catalog.item(code) for code in codes]
    office = await catalog.office(appointment.office_code)
    papers = ", ".join(
        dict.fromkeys(material.name[language] for item in items for material in item.materials)
    )
    summary = " · ".join(item.title[language] for item in items)
    if appointment.person_id != actor.person_id():
        names = await appointments.names_for(actor, [appointment])
        whose = names.get(appointment.person_id, "")
        summary = translate(FOR_SOMEBODY, language, what=summary, name=whose)
    content = appointments.calendar_file(
        appointment,
        summary=summary,
        location=f"{office.name[language]}, {office.address[language]}",
        description=translate(
            BRING, language, reference=show_reference(appointment.reference), papers=papers
        ),
        language=language,
        now=now,
    )
    name = f"banshitong-{appointment.reference}.ics"
    return Response(
        content,
        media_type=CALENDAR,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
