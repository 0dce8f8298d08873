// Keeps an act at the desk and the refetches of the live page out of each other's way.
let acting = false;
let turns = 0;
let stale = false;

export const busy = () => acting;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post") {
    acting = true;
    turns += 1;
  }
  detail.requestConfig.turn = turns;
});

// What was asked for before an act must not overwrite what the act has brought about, nor take the
// act's form away while its answer is under way: it is put aside and asked for again.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.verb === "post") return;
  if (!acting && !panelOpen() && detail.requestConfig.turn === turns) return;
  detail.shouldSwap = false;
  stale = true;
  if (!acting && !panelOpen()) refresh();
});

// A form that somebody fills in is not taken away by a refetch.
export const panelOpen = () => document.querySelector("#now details.panel[open]");
document.addEventListener("toggle", () => panelOpen() || acting || refresh(), { capture: true });

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post") return;
  acting = false;
  turns += 1;
  refresh();
  document.dispatchEvent(new CustomEvent("desk:answered"));
});

function refresh() {
  if (!stale) return;
  stale = false;
  document.body.dispatchEvent(new CustomEvent("live:refetch"));
}
