"""Sign-in, profile, devices and tokens; for staff, the second factor."""

from web.identity import (
    access,
    api,
    companions,
    companions_api,
    people,
    profile,
    sign_in,
    staff_home,
    staff_sign_in,
)

PAGES = (
    *sign_in.HANDLERS,
    *profile.HANDLERS,
    *companions.HANDLERS,
    *access.HANDLERS,
    *staff_sign_in.HANDLERS,
    *staff_home.HANDLERS,
    *people.HANDLERS,
)
API = (*api.HANDLERS, *companions_api.HANDLERS)
