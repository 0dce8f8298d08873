// Shows the banner while the line is down: the browser says so, or htmx cannot reach the server.
const banner = document.querySelector("[data-connection]");

function show(lost) {
  if (banner) banner.hidden = !lost;
}

window.addEventListener("offline", () => show(true));
window.addEventListener("online", () => show(false));
document.addEventListener("htmx:sendError", () => show(true));
document.addEventListener("htmx:timeout", () => show(true));
document.addEventListener("live:state", ({ detail }) => show(detail === "lost"));
document.addEventListener("htmx:afterOnLoad", () => show(false));
show(!navigator.onLine);
