// The clerk's keyboard. A key presses the button that bears it (data-key), if it is there and not
// disabled, or has it said why not; nothing happens while somebody types or holds Ctrl, Alt or Cmd.
// A key pressed while an act is under way waits for the answer, so that F N goes as fast as typed.
// A scanner types too: a burst of characters goes into the check-in field instead.
import { explain } from "./desk_says.js";
import { busy } from "./turns.js";

const BURST_MS = 70;
const field = () => document.getElementById("reference");
const typing = (element) =>
  element.matches?.("input:not([type=radio]):not([type=checkbox]), select, textarea");

let next = null;
let burst = "";
let pending = null;

document.addEventListener("desk:answered", () => {
  const key = next;
  next = null;
  // A second press of the same key was one too many, and needs no explanation.
  if (key && buttonOf(key)) press(key);
});

function focusField() {
  if (document.querySelector("dialog[open]")) return;
  field()?.focus();
  field()?.select();
}

function buttonOf(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]:not(:disabled)`;
  // In a list the row with the focus comes before the first.
  const row = document.activeElement?.closest(".bench-list li");
  return row?.querySelector(wanted) ?? document.querySelector(wanted);
}

function press(key) {
  if (document.querySelector("dialog[open]")) return;
  if (busy()) {
    next = key;
    return;
  }
  if (key === "?") {
    document.getElementById("keys")?.showModal();
    return;
  }
  const button = buttonOf(key);
  if (!button) explain(key);
  else if (button.matches("[data-key-focuses]")) button.focus();
  else button.click();
}

// By the place of the key, so that caps lock and a Chinese input method change nothing.
function named(event) {
  if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
  return event.key;
}

function settle() {
  const [text, key] = [burst, pending?.key];
  burst = "";
  pending = null;
  if (text.length === 1) press(key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  // A slash inside of a burst belongs to the address that is being scanned.
  const slash = event.key === "/" && !burst && !typing(event.target);
  if (event.key === "F2" || slash) {
    event.preventDefault();
    focusField();
    return;
  }
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && burst.length > 1) {
    event.preventDefault();
    clearTimeout(pending.timer);
    const scanned = burst;
    burst = "";
    pending = null;
    scan(scanned);
    return;
  }
  if (event.key.length !== 1 || event.key === " ") return;
  if (event.key === "/" || event.key === "?") event.preventDefault();
  clearTimeout(pending?.timer);
  burst += event.key;
  pending = { key: named(event), timer: setTimeout(settle, BURST_MS) };
});

function scan(text) {
  if (!field() || document.querySelector("dialog[open]")) return;
  field().value = text;
  field().form.requestSubmit();
}
