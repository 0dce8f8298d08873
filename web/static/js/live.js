// Keeps a page in step with its office: <div data-live="/live/dongchangfu">.
// Each message of the stream, and each poll while the stream is down, becomes the event
// `live:refetch` on the body, upon which htmx fetches the parts that change. How the line is stands
// in <html data-line="live|polling|lost">; connection.js shows the banner.
const HEARTBEAT_MS = 15_000;
const SILENCE_MS = HEARTBEAT_MS * 2.5;
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

class Line {
  constructor(address) {
    this.address = address;
    this.failures = 0;
    this.poll = null;
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.source?.close();
    const source = new EventSource(this.address);
    this.source = source;
    source.addEventListener("open", () => this.opened());
    source.addEventListener("refetch", () => {
      this.beat();
      refetch();
    });
    source.addEventListener("heartbeat", () => this.beat());
    source.addEventListener("error", () => source === this.source && this.failed());
    this.beat();
  }

  opened() {
    this.failures = 0;
    clearInterval(this.poll);
    this.poll = null;
    say("live");
  }

  beat() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.failed(), SILENCE_MS);
  }

  failed() {
    this.source.close();
    clearTimeout(this.silence);
    clearTimeout(this.retry);
    if (!this.poll) {
      say("lost");
      this.poll = setInterval(refetch, POLL_MS);
      refetch();
    }
    // Half of the wait is chance, so that a hall's screens do not all come back in one instant.
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS);
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), wait * (0.5 + Math.random() / 2));
  }

  fetched(reached) {
    if (this.poll) say(reached ? "polling" : "lost");
  }

  hurry() {
    if (this.poll) this.connect();
  }
}

function refetch() {
  document.body.dispatchEvent(new CustomEvent("live:refetch"));
}

function say(state) {
  if (document.documentElement.dataset.line === state) return;
  document.documentElement.dataset.line = state;
  document.dispatchEvent(new CustomEvent("live:state", { detail: state }));
}

const followed = document.querySelector("[data-live]");
if (followed) {
  const line = new Line(followed.dataset.live);
  document.addEventListener("htmx:afterRequest", ({ detail }) => line.fetched(detail.xhr.status > 0));
  window.addEventListener("offline", () => line.failed());
  window.addEventListener("online", () => line.hurry());
  document.addEventListener("visibilitychange", () => document.hidden || line.hurry());
  window.addEventListener("pagehide", () => line.source.close());
  window.addEventListener("pageshow", (event) => event.persisted && line.connect());
}
