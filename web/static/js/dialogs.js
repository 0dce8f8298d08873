// Opens and closes native dialogs; a press on the ground behind closes, as Escape does.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.openDialog)?.showModal();
    return;
  }
  if (event.target.closest("[data-close-dialog]") || event.target.matches("dialog")) {
    event.target.closest("dialog")?.close();
  }
});
