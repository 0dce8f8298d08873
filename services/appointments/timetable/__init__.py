"""The halls' timetables: schedules and exceptions, the slots made of them, and what a change does.

`wanted` says which slots there should be and `planner` what has to be done about those that are;
`closures`, `rebooking` and `priority` look after the people who lose their time by it.
"""
