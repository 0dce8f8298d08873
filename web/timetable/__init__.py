"""The halls' timetable for administrators and supervisors: days, weeks, closures, halls."""

from web.timetable import days, halls, months, previews, progress, weeks, working_days

PAGES = (
    *months.HANDLERS,
    *days.HANDLERS,
    *weeks.HANDLERS,
    *previews.HANDLERS,
    *progress.HANDLERS,
    *working_days.HANDLERS,
    *halls.HANDLERS,
)
