// <div data-undo-until="2020-02-12T01:00:10Z">: tells the seconds that are left, and goes when they
// are over. The server decides; this only says so.
import { serverNow } from "./elapsed.js";

function tick() {
  document.querySelectorAll("[data-undo-until]").forEach((offer) => {
    const left = Math.ceil((Date.parse(offer.dataset.undoUntil) - serverNow()) / 1000);
    if (left > 0) offer.querySelector("[data-undo-left]").textContent = left;
    else offer.remove();
  });
}

setInterval(tick, 250);
document.addEventListener("htmx:load", tick);
