"""Words that people really use, and the item they mean."""

import pytest

from services import catalog

pytestmark = pytest.mark.usefixtures("catalogue")

FIRST = {
    "补办身份证": "id-card-replace",
    "身份证丢了": "id-card-replace",
    "身份证丢了怎么办": "id-card-replace",
    "我的身份证找不到了": "id-card-replace",
    "身份证到期": "id-card-renew",
    "换身份证": "id-card-renew",
    "小孩办身份证": "id-card-first",
    "临时身份证": "id-card-temporary",
    "给孩子上户口": "birth-registration",
    "新生儿落户": "birth-registration",
    "销户": "death-cancellation",
    "迁户口": "move-in",
    "户口迁出去": "move-out",
    "改名字": "entry-change",
    "户口本改已婚": "marriage-status",
    "办居住证": "residence-permit-apply",
    "暂住证": "residence-permit-apply",
    "居住证签注": "residence-permit-endorse",
    "居住证丢了": "residence-permit-reissue",
    "驾照换证": "licence-renewal",
    "换驾照": "licence-renewal",
    "驾照到期": "licence-renewal",
    "驾驶证过期了": "licence-renewal",
    "驾照丢了": "licence-reissue",
    "补办驾驶证": "licence-reissue",
    "老年人驾照体检": "licence-physical-condition",
    "外国驾照": "licence-exchange",
    "科目二": "licence-test-booking",
    "行驶证丢了": "vehicle-licence-reissue",
    "车牌丢了": "plates-reissue",
    "六年免检": "inspection-free-sticker",
    "年检": "inspection-booking",
    "二手车过户": "vehicle-transfer",
    "临牌": "temporary-plate",
    "护照到期": "passport-renew",
    "换护照": "passport-renew",
    "办护照": "passport-first",
    "小孩护照": "passport-first",
    "驾驶证丢了": "licence-reissue",
    "护照丢了": "passport-replace",
    "去香港": "hk-macau-permit",
    "港澳签注": "hk-macau-endorsement",
    "台湾通行证": "taiwan-permit",
    "外国人居留许可": "foreigner-residence-permit",
    "签证延期": "foreigner-stay-permit",
    "边防证": "border-permit",
    "绿色通道通行证": "firm-pass",
    "集体预约": "firm-group-booking",
    "上门服务": "firm-on-site",
    "员工办证": "firm-staff-papers",
    "renew passport": "passport-renew",
    "passport renewal": "passport-renew",
    "lost id card": "id-card-replace",
    "I lost my identity card": "id-card-replace",
    "lost passport": "passport-replace",
    "renew driver's license": "licence-renewal",
    "how do I renew my driving licence": "licence-renewal",
    "lost driving licence": "licence-reissue",
    "register a newborn": "birth-registration",
    "residence permit": "residence-permit-apply",
    "number plate lost": "plates-reissue",
    "used car transfer": "vehicle-transfer",
    "hong kong": "hk-macau-permit",
    "visa extension": "foreigner-stay-permit",
    "driving test": "licence-test-booking",
    "car inspection": "inspection-booking",
    "renew pass": "passport-renew",
    "lost licen": "licence-reissue",
    "passport 丢了": "passport-replace",
}


async def test_the_right_item_comes_first() -> None:
    # One test for all of them: a sync for each would only cost time.
    wrong = {}
    for query, code in FIRST.items():
        found = [item.code for item in await catalog.search_items(query)]
        if found[:1] != [code]:
            wrong[query] = (code, found[:4])
    assert not wrong, "\n".join(f"{query}: {codes}" for query, codes in wrong.items())


@pytest.mark.parametrize(
    "query", ["宇宙飞船", "qqqq", "?!", "'; DROP TABLE item; --", "\x00", "😀"]
)
async def test_nothing_is_found_for_nonsense(query: str) -> None:
    assert await catalog.search_items(query) == ()


@pytest.mark.parametrize("query", ["", "   "])
async def test_no_query_lists_all_in_order(query: str) -> None:
    assert await catalog.search_items(query) == await catalog.items()


async def test_a_result_is_not_padded_with_far_fetched_items() -> None:
    assert len(await catalog.search_items("补办身份证")) < 12


async def test_filters_narrow_and_combine() -> None:
    firm = await catalog.search_items(line=catalog.Line.FIRM)
    assert {item.line for item in firm} == {catalog.Line.FIRM}
    mailed = await catalog.search_items("护照", mode=catalog.Mode.MAILED)
    assert mailed
    assert all(catalog.Mode.MAILED in item.modes for item in mailed)
    assert await catalog.search_items("护照", line=catalog.Line.FIRM) == ()
    passports = await catalog.search_items(category=catalog.Category.PASSPORT)
    assert [item.code for item in passports] == [
        "passport-first",
        "passport-renew",
        "passport-replace",
    ]
