// What the workbench says of itself beside the counter: why a key cannot act, and what a lost
// connection means for what was just pressed.
const said = () => document.getElementById("said");
let unsure = false;

export function say(text) {
  const alert = document.getElementById("warning").content.cloneNode(true);
  alert.querySelector("p").textContent = text;
  said().replaceChildren(alert);
}

function sayOf(name) {
  unsure = true;
  say(document.querySelector(`[data-${name}]`).textContent);
}

export function explain(key) {
  const why = document.querySelector(`[data-why="${CSS.escape(key)}"]`);
  if (why) say(why.textContent);
}

// Before htmx and the browser see it: nothing is sent that cannot arrive, and the page stays.
document.addEventListener(
  "submit",
  (event) => {
    if (navigator.onLine || event.target.method === "dialog") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sayOf("not-sent");
  },
  { capture: true },
);
document.addEventListener("htmx:confirm", (event) => {
  if (!navigator.onLine) event.preventDefault();
});
document.addEventListener("htmx:sendError", ({ detail }) => {
  if (detail.requestConfig.verb === "post") sayOf("no-answer");
});
// The line's first message fetches the present state.
document.addEventListener("live:state", ({ detail }) => {
  if (detail !== "live" || !unsure) return;
  unsure = false;
  say(document.querySelector("[data-back]").textContent);
});
