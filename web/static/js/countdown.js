// <span data-countdown="2020-02-12T01:00:00Z">: counts down to that moment, then tells the page.
// Time is measured from the server's clock, not from the phone's: the page carries it, and it is
// asked for once more, and again when the page comes back from the background.
const URGENT_MS = 60_000;
const CLOCK = "/clock";

// What the server's clock is ahead of this page's; undefined until it was asked for.
let ahead;

async function ask() {
  const asked = performance.now();
  try {
    const answer = await fetch(CLOCK, { cache: "no-store" });
    if (!answer.ok) return;
    const { now } = await answer.json();
    const there = Date.parse(now) + (performance.now() - asked) / 2;
    ahead = there - Date.now();
  } catch {
    // Without an answer the time that the page came with is good enough.
  }
}

function written(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (figure) => String(figure).padStart(2, "0");
  const short = `${two(minutes)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${short}` : short;
}

function start(element) {
  if (element.dataset.running) return;
  element.dataset.running = "yes";
  element.querySelector(".countdown-label").hidden = false;
  const until = Date.parse(element.dataset.countdown);
  const rendered = Date.parse(element.dataset.now) - Date.now();
  const shown = element.querySelector(".countdown-time");
  const timer = setInterval(tick, 1000);
  function tick() {
    const left = until - (Date.now() + (ahead ?? rendered));
    shown.textContent = written(left);
    element.toggleAttribute("data-urgent", left <= URGENT_MS);
    if (left > 0 && element.isConnected) return;
    clearInterval(timer);
    element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
  }
  tick();
}

function startAll(root) {
  root.querySelectorAll("[data-countdown]").forEach(start);
}

startAll(document);
document.addEventListener("htmx:load", (event) => startAll(event.target));

const counting = () => document.querySelector("[data-countdown]");
if (counting()) ask();
document.addEventListener("visibilitychange", () => !document.hidden && counting() && ask());
