"""What happens in the background: the outbox's lanes, and the regular jobs.

arq is known to this package alone. It brings two things: a doorbell that a commit rings, and a
timetable of which each job runs in one process only. Everything that must not be lost is in the
outbox, and the lanes look there by themselves too.
"""
