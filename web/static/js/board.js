// The hall's screen: tells new calls from those shown already, and says them aloud when asked to.
import "./live.js";
import { serverNow } from "./elapsed.js";
import { Voice } from "./voice.js";

const CLOCK_MS = 1000;
const SOUND = "board-sound";
const voice = new Voice();
const switcher = document.querySelector("[data-sound]");

const calls = () => [...document.querySelectorAll("[data-call]")];
let seen = new Set(calls().map((call) => call.dataset.call));

document.addEventListener("htmx:afterSettle", () => {
  const fresh = calls().filter((call) => !seen.has(call.dataset.call));
  seen = new Set(calls().map((call) => call.dataset.call));
  // The oldest of several is said first; on the screen it stands last.
  fresh.reverse().forEach((call) => {
    call.classList.add("board-call-new");
    voice.say(call.dataset.say);
  });
});

async function switchSound(on) {
  const works = on ? await voice.start() : voice.stop();
  switcher.setAttribute("aria-pressed", String(works));
  localStorage.setItem(SOUND, on ? "on" : "off");
}

switcher?.addEventListener("click", () => {
  switchSound(switcher.getAttribute("aria-pressed") !== "true");
});
// A browser set up for a hall may sound without a press; others wait for one.
if (switcher && localStorage.getItem(SOUND) === "on") switchSound(true);

const clock = document.querySelector("[data-clock]");
const time = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit",
});
setInterval(() => {
  if (clock) clock.textContent = time.format(serverNow());
}, CLOCK_MS);
