import os, re, json
import pytest
from tests.browser.test_every_page import *
from tests.browser.test_every_page import house_in_the_morning, be, may_see, is_page

OUT = os.environ.get("SHOTS", "/tmp/eyes/shots")
PROBE = """() => {
 const out={small:[],over:[],clip:[]};
 const vis=e=>{const r=e.getBoundingClientRect();const s=getComputedStyle(e);return r.width>1&&r.height>1&&s.visibility!=='hidden'&&s.clipPath==='none'};
 for(const e of document.querySelectorAll('a,button,input:not([type=hidden]),select,textarea,summary,[role=button]')){
  if(!vis(e))continue; const r=e.getBoundingClientRect();
  if(e.tagName==='A'&&getComputedStyle(e).display==='inline')continue;
  if(e.matches('input[type=radio],input[type=checkbox]')){const l=e.closest('label');if(l&&l.getBoundingClientRect().height>=44)continue;}
  if(e.matches('.skip-link'))continue;
  if(r.height<43.5||r.width<30)out.small.push(e.tagName.toLowerCase()+'.'+e.className+' '+Math.round(r.width)+'x'+Math.round(r.height)+' '+(e.textContent||e.name||'').trim().slice(0,20));}
 for(const e of document.querySelectorAll('body *')){const s=getComputedStyle(e);if(!vis(e))continue;
  if(e.scrollWidth>e.clientWidth+1&&e.clientWidth>0&&s.display!=='inline'){
   const t=e.tagName.toLowerCase()+'.'+(e.className.baseVal??e.className)+' '+e.scrollWidth+'>'+e.clientWidth+' '+(e.textContent||'').trim().slice(0,24);
   (s.overflowX==='visible'?out.over:out.clip).push(t);}}
 return out;}"""


@pytest.mark.timeout(900)
async def test_shots(open_page, worker, redis):
    os.makedirs(OUT, exist_ok=True)
    found = [r for r in routes(create_app(settings())) if is_page(r)]
    log = {}
    async with house_in_the_morning(worker, redis) as house:
        shown = set()
        for who, visitor in reversed(list(house.people.items())):
            todo = [r for r in found if may_see(who, r) and r.path not in shown]
            for lang in ("zh_CN", "en"):
                page = await open_page(PHONE)
                await be(page, visitor, house.url, lang)
                for r in todo:
                    shown.add(r.path)
                    address = r.address(house.samples) + ASKED.get(r.path, "").format(
                        slot_id=house.free_slot
                    )
                    for w in (390, 1280):
                        await page.set_viewport_size(
                            {"width": w, "height": 844 if w == 390 else 800}
                        )
                        try:
                            await page.goto(house.url + address)
                        except Exception as e:
                            print(address, e)
                            continue
                        name = (
                            re.sub(
                                "[^a-z0-9]+",
                                "-",
                                re.sub(r"\{(\w+):\w+\}", r"\1", r.path).strip("/"),
                            )
                            or "home"
                        )
                        await page.wait_for_timeout(120)
                        await page.screenshot(path=f"{OUT}/{name}--{lang}-{w}.png", full_page=True)
                        log[f"{name}--{lang}-{w}"] = await page.evaluate(PROBE)
                await page.context.clear_cookies()
                await page.close()
    json.dump(log, open(f"{OUT}/log.json", "w"), ensure_ascii=False, indent=1)
