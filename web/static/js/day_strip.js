// The strip of days opens at the day that is shown: on a phone it may lie far to the right.
function toTheDay(root) {
  const chip = root.querySelector?.(".day-chips [aria-current]");
  const strip = chip?.closest("ul");
  if (!strip) return;
  strip.scrollLeft = chip.offsetLeft - strip.offsetLeft - (strip.clientWidth - chip.offsetWidth) / 2;
}

toTheDay(document);
document.addEventListener("htmx:load", (event) => toTheDay(event.target));
