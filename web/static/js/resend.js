// While a new code cannot be asked for yet, the button waits with the countdown beside it.
const form = document.querySelector("[data-resend]");
const wait = form?.querySelector("[data-resend-wait]");

if (wait) {
  const button = form.querySelector("button");
  button.hidden = true;
  wait.addEventListener("countdown:over", () => {
    wait.hidden = true;
    button.hidden = false;
  });
}
