// The forms that open beneath a button of the workbench: the first field gets the focus, all of
// the form is scrolled into sight, Escape closes, and so does a press elsewhere.
import { panelOpen } from "./turns.js";

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches?.("details.panel[open]")) return;
    target.querySelector("select, input:not([type=hidden])")?.focus();
    target.querySelector(".panel-body").scrollIntoView({ block: "nearest" });
  },
  { capture: true },
);

function close(panel) {
  panel.open = false;
  panel.querySelector("summary").focus();
}

document.addEventListener("keydown", (event) => {
  const panel = event.key === "Escape" && panelOpen();
  if (panel) close(panel);
});
document.addEventListener("click", (event) => {
  const panel = panelOpen();
  if (panel && !panel.contains(event.target)) panel.open = false;
});
