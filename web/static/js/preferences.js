// The text size changes at once, without loading the page again. The link does the same without
// this file; the server reads the same cookie.
const YEAR_SECONDS = 31_536_000;
const root = document.documentElement;

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-switch='text']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { value } = link.dataset;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `text=${value}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  root.dataset.text = value;
  const other = value === "large" ? "normal" : "large";
  link.dataset.value = other;
  link.href = link.href.replace(`text=${value}`, `text=${other}`);
  link.querySelector("span").textContent = link.dataset[other];
});
