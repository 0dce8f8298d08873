"""How often one may try. By address is generous: a whole hall may share one."""

from services.kernel.limits import Limit

CODE_BY_PHONE_MINUTE = Limit("code_phone_minute", times=1, seconds=60)
CODE_BY_PHONE_DAY = Limit("code_phone_day", times=10, seconds=24 * 3600)
CODE_BY_ADDRESS = Limit("code_address", times=60, seconds=3600)
SIGN_IN_BY_ADDRESS = Limit("sign_in_address", times=100, seconds=600)
STAFF_BY_ADDRESS = Limit("staff_address", times=100, seconds=600)
REAL_NAME_BY_PERSON = Limit("real_name_person", times=10, seconds=24 * 3600)
# Tries to join one record, whoever tries: enough for slips of the pen, too few to guess.
JOIN_BY_RECORD = Limit("join_record", times=20, seconds=24 * 3600)
COMPANIONS_BY_PERSON = Limit("companions_person", times=15, seconds=24 * 3600)
# Asking one and the same person, who is sent a text message every time.
COMPANION_ASKED = Limit("companion_asked", times=3, seconds=7 * 24 * 3600)
FIRMS_BY_PERSON = Limit("firms_person", times=15, seconds=24 * 3600)
CALLERS_BY_STAFF = Limit("callers_staff", times=60, seconds=3600)
CALLER_BY_PERSON = Limit("caller_person", times=6, seconds=3600)
