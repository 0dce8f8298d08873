"""How far two halls are from each other. Pure."""

from math import asin, cos, radians, sin, sqrt

from services.catalog.offices import Office

_EARTH_KM = 6371.0


def kilometres_between(one: Office, other: Office) -> float | None:
    """As the crow flies; None if nobody has entered where one of them is."""
    here, there = _place(one), _place(other)
    if here is None or there is None:
        return None
    (north, east), (further_north, further_east) = here, there
    half = (
        sin((further_north - north) / 2) ** 2
        + cos(north) * cos(further_north) * sin((further_east - east) / 2) ** 2
    )
    return 2 * _EARTH_KM * asin(sqrt(half))


def _place(office: Office) -> tuple[float, float] | None:
    """Where it is, in radians north and east."""
    if office.location is None:
        return None
    north, east = (radians(float(part)) for part in office.location.split(","))
    return north, east
