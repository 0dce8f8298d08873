// A second press on a form that is being sent does nothing. The server refuses doubles as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  rename(button);
});

// Swaps a button's label with the one in data-busy-label; the second time swaps back.
function rename(button) {
  const label = button?.querySelector(".button-label");
  if (!label || !button.dataset.busyLabel) return;
  [label.textContent, button.dataset.busyLabel] = [button.dataset.busyLabel, label.textContent];
}

function release(root) {
  root.querySelectorAll("form[data-sending]").forEach((form) => {
    delete form.dataset.sending;
    form.querySelectorAll("[aria-busy]").forEach((button) => {
      button.removeAttribute("aria-busy");
      rename(button);
    });
  });
}

// A double click is one press: by the second click the first may have been answered already.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("button")?.form) event.preventDefault();
});

// The browser's back button brings back the page as it was left; htmx leaves the form in place.
window.addEventListener("pageshow", () => release(document));
document.addEventListener("htmx:afterRequest", () => release(document));
