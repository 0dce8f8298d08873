// Toasts leave by themselves after a while, unless somebody is reading them; errors stay.
const SHOWN_MS = 8000;

function watch(toast) {
  if (toast.classList.contains("toast-danger")) return;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    toast.remove();
  }, SHOWN_MS);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-close-toast]")?.closest("[data-toast]")?.remove();
});
document.addEventListener("htmx:load", (event) => {
  if (event.target.matches?.("[data-toast]")) watch(event.target);
});
document.querySelectorAll("[data-toast]").forEach(watch);
