"""Putting a notice into words: texts from templates/notices, in the recipient's language first."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from services import appointments
from services.appointments import Appointment, AppointmentStatus, OfferedSeat
from services.kernel import formats
from services.kernel.i18n import N_
from services.kernel.ids import show_reference
from services.kernel.settings import settings
from services.kernel.translations import Language, translate, translations
from services.notices import (
    AppointmentFacts,
    Channel,
    CodeFacts,
    Dispatch,
    Kind,
    NameFacts,
    OfferFacts,
    StandingFacts,
    VisitFacts,
    WaitFacts,
    sms_parts,
)
from workers.channels import CalendarPart, Message
from workers.materials import material_notes

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"

COLONS: Mapping[Language, str] = {Language.CHINESE: "：", Language.ENGLISH: ": "}

MOST_PARTS = 2
SHORTEST_TITLE = 8
NOTE = "notices/sms/note.txt"
CUT = "…"
SEE_THE_LINK = N_("see")
FURTHER_DOWN = N_("English below")
SUBJECTS: Mapping[Kind, str] = {
    Kind.APPOINTMENT_BOOKED: N_("Booked for %(when)s: %(what)s"),
    Kind.APPOINTMENT_RESCHEDULED: N_("Moved to %(when)s: %(what)s"),
    Kind.APPOINTMENT_CANCELLED: N_("Cancelled, %(when)s: %(what)s"),
    Kind.NO_SHOW_WARNING: N_("Missed, %(when)s: %(what)s"),
    Kind.BOOKING_PAUSED: N_("Booking is paused until %(until)s"),
    Kind.APPEAL_ANSWERED: N_("Answer to your appeal"),
    Kind.REMINDER_DAY_BEFORE: N_("Tomorrow, %(when)s: %(what)s"),
    Kind.REMINDER_SOON: N_("Today, %(when)s: %(what)s"),
    Kind.WAITLIST_OFFERED: N_("A place for you, %(when)s: %(what)s"),
    Kind.WAITLIST_WITHDRAWN: N_("The place offered to you is closed, %(when)s: %(what)s"),
    Kind.WAITLIST_OVER: N_("No place became free: %(what)s"),
    Kind.APPOINTMENT_MOVED_BY_HALL: N_("The hall has moved your appointment to %(when)s: %(what)s"),
    Kind.APPOINTMENT_CANCELLED_BY_HALL: N_("The hall has to cancel, %(when)s: %(what)s"),
}
WITHOUT_CALENDAR = (Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_SOON)


@cache
def environment(language: Language) -> Environment:
    """The templates in one language; those named .html escape what is put into them."""
    built = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    built.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
    built.filters.update(
        moment=partial(formats.moment, language=language),
        day=partial(formats.day, language=language),
        span=partial(_span, language),
        clock=formats.clock_time,
        reference=show_reference,
        notes=partial(material_notes, language),
    )
    built.globals.update(language=language, colon=COLONS[language])
    return built


def render(dispatch: Dispatch, now: datetime) -> Message:
    """The message to hand to the notice's channel."""
    language = Language(dispatch.language)
    context = {"kind": dispatch.kind, "facts": dispatch.facts, "links": links(dispatch)}
    if dispatch.channel is Channel.SMS:
        return Message(
            notice_id=dispatch.notice_id,
            to=dispatch.to,
            at=now,
            languages=(language.tag,),
            text=text_message(dispatch, language, context),
        )
    return _mail(dispatch, language, context, now)


def text_message(dispatch: Dispatch, language: Language, context: Mapping[str, object]) -> str:
    """The text message, in MOST_PARTS at most: in full, if that fits.

    Else without why the hall did it and what it was before; then what to bring, and what for, is
    told shorter.
    """
    template = environment(language).get_template(f"notices/sms/{dispatch.kind}.txt")
    what = papers = ""
    if isinstance(dispatch.facts, AppointmentFacts | OfferFacts | WaitFacts):
        what = dispatch.facts.item.title[language]
        separator = "、" if language is Language.CHINESE else ", "
        papers = separator.join(one.name[language] for one in dispatch.facts.item.materials)
    note = ""
    if isinstance(dispatch.facts, AppointmentFacts):
        note = environment(language).get_template(NOTE).render(context)

    def said(what: str, papers: str, *, in_full: bool = False) -> str:
        text = template.render(context, what=what, papers=papers, in_full=in_full)
        return " ".join(f"{text} {note}".split())

    text = said(what, papers, in_full=True)
    if sms_parts(text) <= MOST_PARTS:
        return text
    for shorter in (papers, translate(SEE_THE_LINK, language)):
        papers = shorter
        text = said(what, papers)
        if sms_parts(text) <= MOST_PARTS:
            return text
    while sms_parts(text) > MOST_PARTS and len(what) > SHORTEST_TITLE:
        what = what.removesuffix(CUT)[:-1].rstrip() + CUT
        text = said(what, papers)
    return text


def links(dispatch: Dispatch) -> Mapping[str, str]:
    """Where the message leads: this appointment (`short` in a text message), or booking again."""
    base = settings().base_url
    found = {"book": f"{base}/book", "standing": f"{base}/my/standing"}
    if isinstance(dispatch.facts, AppointmentFacts):
        found["appointment"] = f"{base}/my/appointments/{dispatch.facts.appointment.reference}"
        found["short"] = f"{base}/a/{dispatch.facts.appointment.reference}"
        found["again"] = f"{base}/items/{dispatch.facts.item.code}"
    if isinstance(dispatch.facts, NameFacts):
        found["people"] = f"{base}/my/people"
    if isinstance(dispatch.facts, OfferFacts | WaitFacts):
        found["short"] = f"{base}/w"
        found["offer"] = f"{base}/my/waitlist/{dispatch.facts.entry.id}"
        found["wait"] = f"{base}/book/wait?item={dispatch.facts.item.code}"
    if isinstance(dispatch.facts, VisitFacts):
        found["ticket"] = f"{base}/ticket/{dispatch.facts.ticket.id}"
        found["rate"] = f"{base}/rate/{dispatch.facts.ticket.id}"
    return found


def _mail(
    dispatch: Dispatch, language: Language, context: Mapping[str, object], now: datetime
) -> Message:
    facts = dispatch.facts
    if isinstance(facts, CodeFacts | NameFacts | VisitFacts):
        raise TypeError(f"{dispatch.kind} has no mail")
    order = (language, *(other for other in Language if other is not language))
    subject = translate(SUBJECTS[dispatch.kind], language, **_named(facts, language))
    name = f"notices/email/{dispatch.kind}"
    texts = [environment(each).get_template(f"{name}.txt").render(context) for each in order]
    parts = [
        (each, Markup(environment(each).get_template(f"{name}.html").render(context)))  # noqa: S704 - autoescaped
        for each in order
    ]
    hints = [(each, translate(FURTHER_DOWN, each)) for each in order[1:]]
    frame = environment(language).get_template("notices/email/frame.html")
    return Message(
        notice_id=dispatch.notice_id,
        to=dispatch.to,
        at=now,
        languages=tuple(each.tag for each in order),
        subject=subject,
        text=f"\n\n{'-' * 40}\n\n".join(text.strip() for text in texts) + "\n",
        html=frame.render(context, subject=subject, parts=parts, hints=hints),
        calendar=_calendar(dispatch, facts, texts[0], now)
        if isinstance(facts, AppointmentFacts)
        else None,
    )


def _named(
    facts: AppointmentFacts | OfferFacts | WaitFacts | StandingFacts, language: Language
) -> Mapping[str, str]:
    """What a subject may name: what and when it was, or until when booking is paused."""
    if isinstance(facts, StandingFacts) and facts.penalty:
        return {"until": formats.moment(facts.penalty.blocked_until, language)}
    if isinstance(facts, WaitFacts):
        return {"what": facts.item.title[language]}
    timed = facts.offer if isinstance(facts, OfferFacts) else facts.appointment
    if timed is None or facts.item is None:
        return {}
    return {
        "when": formats.moment(timed.starts_at, language),
        "what": facts.item.title[language],
    }


def _calendar(
    dispatch: Dispatch, facts: AppointmentFacts, description: str, now: datetime
) -> CalendarPart | None:
    """The entry for the recipient's calendar; None where it would contradict the mail.

    A reminder brings none: a program that files it anew would ask the person once more.
    """
    if dispatch.kind in WITHOUT_CALENDAR:
        return None
    appointment, office = facts.appointment, facts.office
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    if cancelled is not dispatch.kind.cancels:
        return None
    content = appointments.calendar_file(
        appointment,
        summary=" · ".join(item.title[dispatch.language] for item in facts.items)
        + (f" ({facts.visitor})" if facts.visitor else ""),
        location=f"{office.name[dispatch.language]}, {office.address[dispatch.language]}",
        description=description.strip(),
        language=Language(dispatch.language),
        invitation=appointments.Invitation(organiser=settings().mail_from, attendee=dispatch.to),
        now=now,
    )
    return CalendarPart(content.decode(), "CANCEL" if cancelled else "REQUEST")


def _span(language: Language, appointment: Appointment | OfferedSeat) -> str:
    return formats.span(appointment.starts_at, appointment.ends_at, language, year=True)
