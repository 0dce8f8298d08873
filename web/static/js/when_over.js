// An element with data-reload-when-over: what it shows is fetched again once a countdown in it is
// over, not by everybody in the same moment. A part that htmx keeps up to date is fetched alone, so
// that what one has typed or picked stays; else the page is.
const SPREAD_MS = 1_000;

document.addEventListener("countdown:over", (event) => {
  const place = event.target.closest("[data-reload-when-over]");
  if (!place) return;
  const part = window.htmx && place.matches("[hx-get]");
  setTimeout(() => {
    if (!part) location.reload();
    else if (place.isConnected) htmx.trigger(place, "refetch");
  }, Math.random() * SPREAD_MS);
});
