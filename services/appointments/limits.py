"""How often one may try. By person where somebody is signed in, else by address."""

from services.kernel.limits import Limit

HOLD_BY_PERSON = Limit("hold_person", times=30, seconds=600)
BOOK_BY_PERSON = Limit("book_person", times=15, seconds=600)
WAIT_BY_PERSON = Limit("wait_person", times=20, seconds=600)
TRACK_BY_ADDRESS = Limit("track_address", times=20, seconds=600)
TRACK_BY_REFERENCE = Limit("track_reference", times=5, seconds=600)
APPEAL_BY_PERSON = Limit("appeal_person", times=5, seconds=86_400)
LISTS_BY_PERSON = Limit("lists_person", times=30, seconds=3600)
