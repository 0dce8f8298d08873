"""How times, money and references are written for people. Times are shown in Asia/Shanghai."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime

from services.kernel.clock import to_local
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate

DAY = {Language.CHINESE: "M月d日 EEE", Language.ENGLISH: "EEE d MMM"}
DAY_WITH_YEAR = {Language.CHINESE: "y年M月d日 EEE", Language.ENGLISH: "EEE d MMM y"}
MOMENT = {Language.CHINESE: "M月d日 EEE HH:mm", Language.ENGLISH: "EEE d MMM, HH:mm"}
MOMENT_WITH_YEAR = {Language.CHINESE: "y年M月d日 EEE HH:mm", Language.ENGLISH: "EEE d MMM y, HH:mm"}

TODAY, TOMORROW = N_("today"), N_("tomorrow")
FREE = N_("Free")
FEN_PER_YUAN = 100


def day(value: date | datetime, language: Language, *, year: bool = False) -> str:
    """A local day with its weekday: ``11月24日 周二`` or ``Tue 24 Nov``; with the year on paper."""
    pattern = DAY_WITH_YEAR if year else DAY
    return format_date(_local_day(value), pattern[language], locale=language.value)


def weekday(number: int, language: Language) -> str:
    """A weekday by its ISO number, as calendars head their columns: ``周一`` or ``Mon``."""
    return format_date(date(2024, 1, number), "EEE", locale=language.value)


def near_day(value: date | datetime, now: date | datetime, language: Language) -> str | None:
    """``今天`` or ``明天``, ``today`` or ``tomorrow``, seen from `now`; None for any other day."""
    ahead = (_local_day(value) - _local_day(now)).days
    word = {0: TODAY, 1: TOMORROW}.get(ahead)
    return translate(word, language) if word else None


def soon(value: datetime, now: date | datetime, language: Language) -> str:
    """A moment as people say it: ``明天 09:30``; further away as `moment` writes it."""
    near = near_day(value, now, language)
    return f"{near} {clock_time(value)}" if near else moment(value, language)


def _local_day(value: date | datetime) -> date:
    return to_local(value).date() if isinstance(value, datetime) else value


def moment(value: datetime, language: Language, *, year: bool = False) -> str:
    """A local day and time: ``11月24日 周二 09:30`` or ``Tue 24 Nov, 09:30``."""
    pattern = MOMENT_WITH_YEAR if year else MOMENT
    return format_datetime(to_local(value), pattern[language], tzinfo=None, locale=language.value)


def clock_time(value: datetime) -> str:
    """The local time of day, ``09:30``."""
    return f"{to_local(value):%H:%M}"


def span(start: datetime, end: datetime, language: Language, *, year: bool = False) -> str:
    """A stretch of time within one local day: ``11月24日 周二 09:30–10:00``."""
    return f"{moment(start, language, year=year)}–{clock_time(end)}"


def money(fen: int, language: Language) -> str:
    """An amount of fen (1/100 CNY) as a fee: ``20 元``, ``¥20``, or free."""
    if fen == 0:
        return translate(FREE, language)
    yuan, rest = divmod(fen, FEN_PER_YUAN)
    amount = f"{yuan:,}.{rest:02d}" if rest else f"{yuan:,}"
    return f"{amount} 元" if language is Language.CHINESE else f"¥{amount}"
