"""One person, one item, one appointment: from the hold to the day itself.

Who may book is asked in `admission`, from the `facts`, by `refusals`; `placing` writes. What becomes
of an appointment then is in `changes`, `attendance` and `reminders`, and every step in `transitions`.
"""
