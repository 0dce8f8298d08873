// The clerk's keyboard. A key presses the button that bears it (data-key), if it is there and not
// disabled, or has it said why not; nothing happens while somebody types, while a request is under
// way, or with Ctrl, Alt or Cmd held. A scanner types too: a burst of characters goes into the check-in field instead.
import { explain } from "./desk_says.js";
import "./elapsed.js";
import "./live.js";

const BURST_MS = 50;
const field = () => document.getElementById("reference");
const typing = (element) =>
  element.matches?.("input:not([type=radio]):not([type=checkbox]), select, textarea");

let busy = false;
let burst = "";
let pending = null;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post") busy = true;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post") return;
  busy = false;
  if (detail.successful && detail.elt.id === "check-in") detail.elt.reset();
});

function focusField() {
  field()?.focus();
  field()?.select();
}

function press(key) {
  if (busy || document.querySelector("dialog[open]")) return;
  if (key === "?") {
    document.getElementById("keys")?.showModal();
    return;
  }
  if (key === "/") {
    focusField();
    return;
  }
  const wanted = `[data-key="${CSS.escape(key)}"]:not(:disabled)`;
  // In a list the row with the focus comes before the first.
  const row = document.activeElement?.closest(".bench-list li");
  const button = row?.querySelector(wanted) ?? document.querySelector(wanted);
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
  if (event.key === "F2") {
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

// After an act the button that was pressed may be gone: readers and Tab go on from the number.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.verb !== "post") return;
  if (document.activeElement && document.activeElement !== document.body) return;
  document.getElementById("current")?.focus({ preventScroll: true });
});
