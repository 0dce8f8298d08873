"""The catalogue as the interface answers it: every text in the one language that was asked for."""

from datetime import date, datetime, time
from typing import Annotated

from msgspec import Meta, Struct

from services import catalog
from services.catalog import Category, LimitUnit, Line, MaterialForm, Mode
from services.kernel.translations import Language

ItemCode = Annotated[str, Meta(examples=["id-card-replace"])]
OfficeCode = Annotated[str, Meta(examples=["dongchangfu"])]
Note = Annotated[
    str | None, Meta(description="A remark on the figure.", examples=["能当场办的当场办结。"])
]
Confirmed = Annotated[
    bool, Meta(description="When false, what the window publishes is what counts.", examples=[True])
]


class ItemSummary(Struct, frozen=True, kw_only=True):
    """An item in a list."""

    code: ItemCode
    line: Annotated[Line, Meta(examples=["household"])]
    category: Annotated[Category, Meta(examples=["id_card"])]
    title: Annotated[str, Meta(examples=["居民身份证丢失补领、损坏换领"])]
    summary: Annotated[
        str, Meta(examples=["身份证丢失、被盗或者严重损坏不能辨认的，申请补领或者换领。"])
    ]
    modes: Annotated[list[Mode], Meta(examples=[["booked", "mailed", "on_site"]])]
    bookable: Annotated[bool, Meta(description="Whether a window can be booked.", examples=[True])]


class MaterialAnswer(Struct, frozen=True, kw_only=True):
    """One paper to bring; `required_when` says when, if not always."""

    name: Annotated[str, Meta(examples=["居民户口簿"])]
    form: Annotated[MaterialForm, Meta(examples=["original"])]
    count: Annotated[int, Meta(examples=[1])]
    copies: Annotated[int, Meta(description="Copies of the original besides.", examples=[0])]
    may_be_supplied_later: Annotated[bool, Meta(examples=[True])]
    required_when: Annotated[str | None, Meta(examples=["未满十六周岁时"])]


class LimitAnswer(Struct, frozen=True, kw_only=True):
    """How long it takes at most; 0 means at once. Unconfirmed figures: the window's holds."""

    number: Annotated[int, Meta(examples=[60])]
    unit: Annotated[LimitUnit, Meta(examples=["calendar_days"])]
    extra_remote: Annotated[int, Meta(description="So much more in remote places.", examples=[30])]
    confirmed: Confirmed
    note: Note


class FeeAnswer(Struct, frozen=True, kw_only=True):
    """What one variant costs, in fen; null where somebody else sets it, whom `note` names."""

    variant: Annotated[str, Meta(examples=["丢失补领"])]
    fen: Annotated[int | None, Meta(examples=[4000])]
    confirmed: Confirmed
    note: Note


class LegalBasisAnswer(Struct, frozen=True, kw_only=True):
    """A law or rule, and the article where it is certain."""

    name: Annotated[str, Meta(examples=["中华人民共和国居民身份证法"])]
    article: Annotated[str | None, Meta(examples=["第十一条、第十二条"])]


class PrerequisiteAnswer(Struct, frozen=True, kw_only=True):
    """What must be done or true before: another item's code, words, or both."""

    item: Annotated[str | None, Meta(examples=["residence-permit-apply"])]
    text: Annotated[str | None, Meta(examples=["已在居住地办理居住登记满半年"])]


class ItemAnswer(ItemSummary, frozen=True, kw_only=True):
    """An item with all that one needs to know before setting out."""

    applicant: Annotated[str, Meta(examples=["本人到场采集相片和指纹。"])]
    minutes: Annotated[int, Meta(description="At the window, about.", examples=[10])]
    file_within: Annotated[str | None, Meta(examples=["婴儿出生后一个月以内申报。"])]
    limit: LimitAnswer | None
    statutory_limit: LimitAnswer | None
    fees: list[FeeAnswer]
    materials: list[MaterialAnswer]
    steps: Annotated[list[str], Meta(examples=[["在线预约窗口，或到办事大厅取号。"]])]
    results: Annotated[list[str], Meta(examples=[["居民身份证"]])]
    legal_basis: list[LegalBasisAnswer]
    prerequisites: list[PrerequisiteAnswer]


class OfficeSummary(Struct, frozen=True, kw_only=True):
    """An office in a list, and how it stands now. Times are local (Asia/Shanghai)."""

    code: OfficeCode
    name: Annotated[str, Meta(examples=["东昌府区公安办事大厅"])]
    district: Annotated[str, Meta(examples=["东昌府区"])]
    address: Annotated[str, Meta(examples=["聊城市东昌府区示例路1号"])]
    phone: Annotated[str, Meta(examples=["0635-0001101"])]
    lines: Annotated[list[Line], Meta(examples=[["household", "vehicle"]])]
    open: Annotated[bool, Meta(examples=[True])]
    closes_at: Annotated[
        time | None, Meta(description="When open: until then.", examples=["12:00:00"])
    ]
    opens_at: Annotated[
        datetime | None, Meta(description="When closed: again from then.", examples=[None])
    ]


class PeriodAnswer(Struct, frozen=True, kw_only=True):
    """Open from `opens` until before `closes`, local time."""

    opens: Annotated[time, Meta(examples=["08:30:00"])]
    closes: Annotated[time, Meta(examples=["12:00:00"])]


class WeekdayAnswer(Struct, frozen=True, kw_only=True):
    """An ordinary weekday, 1 for Monday; public holidays are closed."""

    weekday: Annotated[int, Meta(examples=[1])]
    periods: list[PeriodAnswer]


class ExceptionAnswer(Struct, frozen=True, kw_only=True):
    """A day with other hours; closed when it has no periods."""

    day: Annotated[date, Meta(examples=["2026-12-31"])]
    note: Annotated[str, Meta(examples=["年终系统升级，下午暂停办理"])]
    periods: list[PeriodAnswer]


class WindowAnswer(Struct, frozen=True, kw_only=True):
    """A window and the lines it serves."""

    number: Annotated[int, Meta(examples=[1])]
    name: Annotated[str, Meta(examples=["户政窗口"])]
    lines: Annotated[list[Line], Meta(examples=[["household"]])]


class OfficeAnswer(OfficeSummary, frozen=True, kw_only=True):
    """An office with its windows and hours."""

    directions: Annotated[str, Meta(examples=["区政务服务中心一楼东侧"])]
    today: list[PeriodAnswer]
    week: list[WeekdayAnswer]
    exceptions: list[ExceptionAnswer]
    windows: list[WindowAnswer]


def _said(text: catalog.Text | None, language: Language) -> str | None:
    return None if text is None else text[language]


def item_summary(item: catalog.Item, language: Language) -> ItemSummary:
    """An item for a list."""
    return ItemSummary(
        code=item.code,
        line=item.line,
        category=item.category,
        title=item.title[language],
        summary=item.summary[language],
        modes=list(item.modes),
        bookable=item.bookable,
    )


def item_answer(item: catalog.Item, language: Language) -> ItemAnswer:
    """An item in full."""
    return ItemAnswer(
        code=item.code,
        line=item.line,
        category=item.category,
        title=item.title[language],
        summary=item.summary[language],
        modes=list(item.modes),
        bookable=item.bookable,
        applicant=item.applicant[language],
        minutes=item.minutes,
        file_within=_said(item.file_within, language),
        limit=_limit(item.limit, language),
        statutory_limit=_limit(item.statutory_limit, language),
        fees=[
            FeeAnswer(
                variant=fee.variant[language],
                fen=fee.fen,
                confirmed=fee.confirmed,
                note=_said(fee.note, language),
            )
            for fee in item.fees
        ],
        materials=[
            MaterialAnswer(
                name=material.name[language],
                form=material.form,
                count=material.count,
                copies=material.copies,
                may_be_supplied_later=material.may_be_supplied_later,
                required_when=_said(material.required_when, language),
            )
            for material in item.materials
        ],
        steps=[step[language] for step in item.steps],
        results=[result[language] for result in item.results],
        legal_basis=[
            LegalBasisAnswer(name=basis.name[language], article=_said(basis.article, language))
            for basis in item.legal_basis
        ],
        prerequisites=[
            PrerequisiteAnswer(item=needed.item, text=_said(needed.text, language))
            for needed in item.prerequisites
        ],
    )


def _limit(limit: catalog.Limit | None, language: Language) -> LimitAnswer | None:
    if limit is None:
        return None
    return LimitAnswer(
        number=limit.number,
        unit=limit.unit,
        extra_remote=limit.extra_remote,
        confirmed=limit.confirmed,
        note=_said(limit.note, language),
    )


def office_summary(
    office: catalog.Office, opening: catalog.Opening, language: Language
) -> OfficeSummary:
    """An office for a list."""
    return OfficeSummary(
        code=office.code,
        name=office.name[language],
        district=office.district[language],
        address=office.address[language],
        phone=office.phone,
        lines=list(office.lines),
        open=opening.is_open,
        closes_at=opening.closes_at,
        opens_at=opening.opens_at,
    )


def periods_answer(periods: tuple[catalog.Period, ...]) -> list[PeriodAnswer]:
    """Periods of one day."""
    return [PeriodAnswer(opens=period.opens, closes=period.closes) for period in periods]
