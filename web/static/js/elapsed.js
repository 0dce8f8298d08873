// <time data-since="2020-02-12T01:00:00Z" data-unit="minutes">: how long ago that is, going on.
// The server's clock counts: the page carries it in <… data-server-now="…">.
const clock = document.querySelector("[data-server-now]");
const offset = clock ? Date.parse(clock.dataset.serverNow) - Date.now() : 0;
const two = (figure) => String(figure).padStart(2, "0");

function written(milliseconds, unit) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (unit === "minutes") return String(Math.floor(seconds / 60));
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

export function serverNow() {
  return Date.now() + offset;
}

function tick(root) {
  root.querySelectorAll("[data-since]").forEach((element) => {
    const text = written(serverNow() - Date.parse(element.dataset.since), element.dataset.unit);
    if (element.textContent !== text) element.textContent = text;
  });
}

tick(document);
setInterval(() => tick(document), 1000);
document.addEventListener("htmx:load", (event) => tick(event.target));
