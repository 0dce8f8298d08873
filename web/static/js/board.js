// The hall's screen: tells new calls from those shown already, says them aloud, and looks after
// itself: it wanders against burn-in, rests when nothing happens, and comes back alone.
import "./live.js";
import { serverNow } from "./elapsed.js";
import { Voice } from "./voice.js";

const CLOCK_MS = 1000;
const SHIFT_MS = 60_000;
const REST_AFTER_MS = 10 * 60_000;
const OLD_MS = 20 * 60 * 60_000;
const NIGHT_HOUR = 3;
const SHIFTS = 8;
const PLACES = 4;
const SOUND = "board-sound";

const root = document.documentElement;
const board = document.querySelector("[data-board]");
const switcher = document.querySelector("[data-sound]");
const voice = new Voice({
  voices: board?.dataset.voices,
  volume: Number(board?.dataset.volume ?? 80),
  quiet: [board?.dataset.quietFrom, board?.dataset.quietUntil],
  time: () => hhmm.format(serverNow()),
});

const hhmm = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit",
});
const day = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });

const calls = () => [...document.querySelectorAll("[data-call]")];
let seen = new Set(calls().map((call) => call.dataset.call));

document.addEventListener("htmx:afterSettle", () => {
  const fresh = calls().filter((call) => !seen.has(call.dataset.call));
  seen = new Set(calls().map((call) => call.dataset.call));
  // The oldest of several is said first; on the screen it stands last.
  fresh.reverse().forEach((call) => {
    call.classList.add("board-call-new");
    voice.say({ zh: call.dataset.sayZh, en: call.dataset.sayEn });
  });
  if (fresh.length > 0) wake();
  lookAround();
});

async function switchSound(on) {
  const works = on ? await voice.start() : voice.stop();
  switcher.setAttribute("aria-pressed", String(works));
  switcher.toggleAttribute("data-needed", on && !works);
  localStorage.setItem(SOUND, on ? "on" : "off");
}

switcher?.addEventListener("click", () => {
  switchSound(switcher.getAttribute("aria-pressed") !== "true");
});
// A browser set up for a hall may sound without a press; others wait for one, and say so.
if (switcher && localStorage.getItem(SOUND) !== "off") switchSound(true);

const clock = document.querySelector("[data-clock]");
setInterval(() => {
  if (clock) clock.textContent = hhmm.format(serverNow());
}, CLOCK_MS);

// Nothing called and nobody waiting for long: the picture rests and moves about.
const opened = Date.now();
const openedOn = day.format(serverNow());
let quietSince = null;
let steps = 0;

function wake() {
  quietSince = null;
  delete root.dataset.resting;
}

function lookAround() {
  const body = document.querySelector("[data-build]");
  if (body?.dataset.quiet === "yes") quietSince ??= Date.now();
  else wake();
  // Another release is running, or the screen was set up anew: its page goes with its fragment.
  if (body && loadedBuild && body.dataset.build !== loadedBuild) comeBack();
}

const loadedBuild = document.querySelector("[data-build]")?.dataset.build;

setInterval(() => {
  steps += 1;
  root.dataset.shift = String(steps % SHIFTS);
  if (quietSince && Date.now() - quietSince > REST_AFTER_MS) {
    root.dataset.resting = String(steps % PLACES);
  }
  const now = serverNow();
  const old = Date.now() - opened > OLD_MS && Number(hhmm.format(now).slice(0, 2)) === NIGHT_HOUR;
  if (old || day.format(now) !== openedOn) comeBack();
}, SHIFT_MS);

// Loads the page anew, once the server answers: an error page would not come back by itself.
let coming = false;

async function comeBack() {
  if (coming) return;
  coming = true;
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
  coming = false;
}

lookAround();
