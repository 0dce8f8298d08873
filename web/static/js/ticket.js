// The citizen's phone: a short buzz and a changed title when the number is called.
import "./live.js";

const status = () => document.querySelector("[data-status]")?.dataset.status;
let before = status();

document.addEventListener("htmx:afterSettle", () => {
  const present = status();
  if (present === "called" && before !== "called") navigator.vibrate?.([300, 150, 300]);
  before = present;
});
