// A button with data-copy copies the text of the element with that id; it is hidden without scripts.
const SAID_MS = 2000;

document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  const label = button.querySelector(".button-label");
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    label.textContent = button.dataset.copied;
    setTimeout(() => (label.textContent = before), SAID_MS);
  });
});
