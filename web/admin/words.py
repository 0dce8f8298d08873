"""What the codes in the outbox and the audit are called; tests/conventions keeps it complete."""

from collections.abc import Mapping

from services import appointments, identity, queue
from services.kernel.i18n import N_
from services.notices import Lane

TOPICS: Mapping[str, str] = {
    identity.CODE_REQUESTED: N_("Sign-in code asked for"),
    appointments.BOOKED: N_("Appointment booked"),
    appointments.RESCHEDULED: N_("Appointment moved to another time"),
    appointments.CANCELLED: N_("Appointment cancelled by its holder or by staff"),
    queue.NUMBER_CALLED: N_("Number called to a window"),
    queue.BUSINESS_FINISHED: N_("Visit to a window over"),
    appointments.NO_SHOW_WARNED: N_("Appointment missed, to be told"),
    appointments.BLOCKED: N_("Booking paused for somebody"),
    appointments.APPEAL_ANSWERED: N_("Appeal answered"),
    Lane.CODES.topic: N_("Text message with a code, to be sent"),
    Lane.SMS.topic: N_("Text message, to be sent"),
    Lane.EMAIL.topic: N_("E-mail, to be sent"),
}

# By the beginning of the code; the first that fits.
FAILURES: Mapping[str, str] = {
    "no_address": N_("There was no address to send it to."),
    "smtp_recipient_": N_("The mail server refused the recipient's address."),
    "smtp_data_": N_("The mail server refused the message."),
    "smtp_timeout": N_("The mail server did not answer in time."),
    "smtp_": N_("The mail server could not be reached, or did not accept our sign-in."),
    "sms_timeout": N_("The SMS gateway did not answer in time."),
    "sms_4": N_("The SMS gateway refused the message."),
    "sms_5": N_("The SMS gateway had a fault."),
    "sms_": N_("The SMS gateway could not be reached."),
    "worker_died_each_time": N_("The worker was killed at every try."),
}
OTHER_FAILURE = N_("A fault in our program. The log of the workers says more.")

ACTIONS: Mapping[str, str] = {
    "appointment.appeal_declined": N_("declined an appeal"),
    "appointment.appeal_granted": N_("granted an appeal"),
    "appointment.appeal_written": N_("appealed against a pause of booking"),
    "appointment.booked": N_("booked an appointment"),
    "appointment.cancelled": N_("cancelled an appointment"),
    "appointment.checked_in": N_("checked an appointment in"),
    "appointment.completed": N_("completed an appointment"),
    "appointment.stepped_back": N_("set an appointment back to its state before a misclick"),
    "appointment.emergency_declared": N_("declared an emergency"),
    "appointment.emergency_ended": N_("ended an emergency"),
    "appointment.no_show": N_("noted that nobody came"),
    "appointment.penalty_imposed": N_("paused booking for somebody"),
    "appointment.penalty_lifted": N_("lifted a pause of booking"),
    "appointment.rescheduled": N_("moved an appointment"),
    "appointment.rule_removed": N_("removed a booking rule"),
    "appointment.rule_set": N_("set a booking rule"),
    "appointment.schedule_added": N_("added a schedule"),
    "appointment.seat_held": N_("held a place"),
    "appointment.seat_released": N_("gave a place back"),
    "appointment.slots_generated": N_("opened times for booking"),
    "appointment.tracked": N_("looked an appointment up by its reference"),
    "audit.checked": N_("checked the audit's chain"),
    "audit.searched": N_("searched the audit"),
    "catalog.calendar_day_set": N_("changed the working calendar"),
    "catalog.opening_exception_set": N_("changed opening hours"),
    "catalog.synced": N_("brought the catalogue up to date"),
    "identity.details_saved": N_("changed contact details"),
    "identity.document_replaced": N_("replaced an identity document"),
    "identity.name_corrected": N_("corrected a name"),
    "identity.other_sessions_ended": N_("signed out all other devices"),
    "identity.password_reset": N_("reset a password"),
    "identity.person_found": N_("looked a person up"),
    "identity.person_opened": N_("opened a person's data"),
    "identity.phone_changed": N_("changed a phone number"),
    "identity.phone_moved": N_("moved a phone number to another account"),
    "identity.real_name_added": N_("added a real name"),
    "identity.registered_by_staff": N_("registered a person at the counter"),
    "identity.roles_set": N_("changed roles"),
    "identity.session_ended": N_("signed a device out"),
    "identity.signed_in": N_("signed in"),
    "identity.staff_created": N_("created a staff account"),
    "identity.staff_deactivated": N_("deactivated a staff account"),
    "identity.staff_enrolled": N_("set up the second factor"),
    "identity.staff_signed_in": N_("signed in as staff"),
    "identity.staff_signed_in_by_recovery": N_("signed in with a recovery code"),
    "identity.staff_sign_in_failed": N_("failed to sign in"),
    "identity.token_created": N_("created an access token"),
    "identity.token_revoked": N_("revoked an access token"),
    "identity.totp_reset": N_("reset a second factor"),
    "outbox.all_retried": N_("retried all failed events of a kind"),
    "outbox.retried": N_("retried a failed event"),
    "queue.called": N_("called a ticket"),
    "queue.chosen": N_("called a ticket out of order"),
    "queue.came_back": N_("took a ticket back into the line"),
    "queue.checked_in": N_("checked somebody in"),
    "queue.day_closed": N_("closed the day at a hall"),
    "queue.finished": N_("finished a ticket"),
    "queue.kiosk_created": N_("made a set-up link for a kiosk"),
    "queue.kiosk_opened": N_("set a kiosk up"),
    "queue.kiosk_revoked": N_("shut a kiosk out"),
    "queue.left": N_("left a window"),
    "queue.parked": N_("let somebody fetch a paper"),
    "queue.paused": N_("paused or closed a window"),
    "queue.recalled": N_("called a ticket again"),
    "queue.resumed": N_("took somebody back who had fetched a paper"),
    "queue.sat_down": N_("sat down at a window"),
    "queue.skipped": N_("skipped a ticket"),
    "queue.started": N_("began to serve a ticket"),
    "queue.ticket_taken": N_("gave out a ticket"),
    "queue.transferred": N_("handed a ticket on"),
    "queue.undone": N_("took back the last act at a window"),
    "queue.went_on": N_("went on with a paused window"),
    "queue.window_moved": N_("moved a window to other lines"),
    "queue.withdrawn": N_("withdrew a ticket"),
}

AREAS: Mapping[str, str] = {
    "appointment": N_("All about appointments"),
    "audit": N_("All about the audit"),
    "catalog": N_("All about the catalogue and hours"),
    "identity": N_("All about people, staff and sign-in"),
    "outbox": N_("All about the outbox"),
    "queue": N_("All about the queue"),
}

SUBJECTS: Mapping[str, str] = {
    "appointment": N_("Appointment"),
    "audit": N_("Audit"),
    "audit_check": N_("Check of the chain"),
    "booking_appeal": N_("Appeal"),
    "booking_emergency": N_("Emergency"),
    "booking_penalty": N_("Pause of booking"),
    "booking_rule": N_("Booking rule"),
    "calendar_day": N_("Day of the calendar"),
    "catalogue": N_("Catalogue"),
    "kiosk": N_("Kiosk"),
    "office": N_("Hall"),
    "outbox_event": N_("Event"),
    "outbox_topic": N_("Kind of event"),
    "person": N_("Person"),
    "schedule": N_("Schedule"),
    "slot": N_("Time"),
    "staff": N_("Member of staff"),
    "ticket": N_("Ticket"),
    "window": N_("Window"),
}

ACTORS: Mapping[str, str] = {
    "anonymous": N_("Not signed in"),
    "citizen": N_("Citizen"),
    "staff": N_("Staff"),
    "system": N_("System"),
    "kiosk": N_("Kiosk"),
}

FINDINGS: Mapping[str, str] = {
    "altered": N_("A record was altered after it was sealed."),
    "missing": N_("A record is missing."),
    "inserted": N_("A record was put in afterwards."),
}


def failure(code: str) -> str:
    """What an outbox event's last error means, as a msgid."""
    for beginning, text in FAILURES.items():
        if code.startswith(beginning):
            return text
    return OTHER_FAILURE
