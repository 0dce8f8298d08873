// The kiosk: back to the start when nobody touches it, a scanner that types, keys for a finger.
const PRINTING = "kiosk-print";

// A page with data-idle goes to data-home after so many seconds without a touch.
const idle = document.querySelector("[data-idle]");
// The start page forgets the language that the last person chose.
const resting = document.querySelector("[data-idle-language]");
let timer = 0;

function wait() {
  clearTimeout(timer);
  if (idle) {
    timer = setTimeout(() => location.assign(`${idle.dataset.home}?lang=zh_CN`), Number(idle.dataset.idle) * 1000);
  } else if (resting && document.documentElement.lang !== "zh-CN") {
    timer = setTimeout(() => location.assign("?lang=zh_CN"), Number(resting.dataset.idleLanguage) * 1000);
  }
}

for (const touch of ["pointerdown", "keydown", "scroll"]) {
  document.addEventListener(touch, wait, { passive: true });
}
wait();

// A wedge scanner is a keyboard: what it types goes into the field, wherever the focus is.
const field = document.querySelector("[data-scan]");
field?.focus({ preventScroll: true });
document.addEventListener("keydown", (event) => {
  const elsewhere = document.activeElement !== field;
  const types = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (field && elsewhere && types && event.key !== " ") field.focus({ preventScroll: true });
});

const keys = document.querySelector("[data-keys]");
if (keys && field) {
  keys.hidden = false;
  keys.addEventListener("click", ({ target }) => {
    const key = target.closest("button");
    if (!key) return;
    field.value = "capBack" in key.dataset ? field.value.slice(0, -1) : field.value + key.dataset.cap;
  });
}

// ?print=auto, given once on any of its pages, makes this device print by itself.
if (new URLSearchParams(location.search).get("print")) {
  localStorage.setItem(PRINTING, new URLSearchParams(location.search).get("print"));
}
if (document.querySelector("[data-receipt]") && localStorage.getItem(PRINTING) === "auto") {
  addEventListener("load", () => window.print());
}
