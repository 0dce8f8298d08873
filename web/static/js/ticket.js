// The citizen's phone: a short buzz when the number is called, and the call said aloud if wanted.
import "./live.js";
import { Voice } from "./voice.js";

const state = () => document.querySelector("[data-status]");
const row = document.querySelector("[data-speak-row]");
const button = document.querySelector("[data-speak]");
const spoken = document.documentElement.lang.startsWith("zh") ? "chinese" : "english";
const voice = new Voice({ voices: spoken, volume: 100 });
let before = state()?.dataset.status;

if (row && (before === "waiting" || before === "called")) row.hidden = false;

button?.addEventListener("click", async () => {
  const on = button.getAttribute("aria-pressed") !== "true";
  const works = on ? await voice.start() : voice.stop();
  button.setAttribute("aria-pressed", String(works));
});

document.addEventListener("htmx:afterSettle", () => {
  const present = state();
  if (present?.dataset.status === "called" && before !== "called") {
    navigator.vibrate?.([300, 150, 300]);
    voice.say({ zh: present.dataset.sayZh, en: present.dataset.sayEn });
  }
  before = present?.dataset.status;
});
