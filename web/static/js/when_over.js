// An element with data-reload-when-over: the page is fetched again once a countdown in it is over,
// not by everybody in the same moment.
const SPREAD_MS = 2_000;

document.addEventListener("countdown:over", (event) => {
  if (!event.target.closest("[data-reload-when-over]")) return;
  setTimeout(() => location.reload(), Math.random() * SPREAD_MS);
});
