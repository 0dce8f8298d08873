// Takes the reader to what has just gone wrong.
function focusIn(root) {
  const element = root.querySelector("[data-autofocus]");
  element?.focus();
  element?.scrollIntoView({ block: "center" });
}

focusIn(document);
document.addEventListener("htmx:load", (event) => focusIn(event.target));
