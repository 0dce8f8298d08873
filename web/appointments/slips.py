"""What one takes along from an appointment: the code on the slip, and the calendar file."""

from datetime import datetime

from litestar import Response
from markupsafe import Markup

from services import appointments, catalog, identity
from services.appointments import Appointment
from services.kernel.i18n import N_
from services.kernel.ids import show_reference
from services.kernel.translations import Language, translate
from web.appointments import addresses
from web.common.qr import qr_svg

CALENDAR = "text/calendar"
BRING = N_("Reference %(reference)s. Please bring: %(papers)s")


def slip_code(appointment: Appointment) -> Markup:
    """The QR code that the hall scans and that any phone can open."""
    return qr_svg(addresses.on_slip(appointment.reference))


async def calendar_answer(appointment: Appointment, now: datetime) -> Response[bytes]:
    """The appointment as an iCalendar file, in the language in which its holder has notices."""
    language = Language((await identity.contact(appointment.person_id)).language)
    item = await catalog.item(appointment.item_code)
    office = await catalog.office(appointment.office_code)
    papers = ", ".join(material.name[language] for material in item.materials)
    content = appointments.calendar_file(
        appointment,
        summary=item.title[language],
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
