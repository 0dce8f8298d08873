"""One person, one item, one appointment: from the hold to the day itself.

Who may book is asked in `admission`, from the `facts`, by `refusals`; `placing` writes. What
becomes of an appointment after that is in `changes`, `attendance` and `reminders`; each step from
state to state goes through `transitions`.
"""
