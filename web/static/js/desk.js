// The workbench. Its state is the server's; nothing is lost when the page is loaded again.
import "./elapsed.js";
import "./live.js";
import "./turns.js";
import "./keyboard.js";
import "./panels.js";
import "./undo.js";

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.id === "check-in") detail.elt.reset();
});

// After an act the button that was pressed may be gone: readers and Tab go on from the number.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.verb !== "post") return;
  if (document.activeElement && document.activeElement !== document.body) return;
  document.getElementById("current")?.focus({ preventScroll: true });
});

// One form takes out whoever is pressed in the waiting list; each button asks about its number.
document.addEventListener("htmx:confirm", (event) => {
  const question = event.detail.triggeringEvent?.submitter?.dataset.confirm;
  if (!question || event.defaultPrevented) return;
  event.preventDefault();
  if (window.confirm(question)) event.detail.issueRequest(true);
});
