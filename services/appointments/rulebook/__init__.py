"""Which booking rule holds where, and changing it.

The rules themselves, as pure functions of a `Rule`, are in services/appointments/rules.py.
"""
