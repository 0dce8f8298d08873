// A chime, and the call spoken by the browser's own voices, in Chinese and in English. Where it has
// no voice for a language, that language is left out; where it has none at all, the chime remains.
// Calls wait for each other, so that none is swallowed.
const CHIME = [[659.25, 0], [523.25, 0.28]];
const CHIME_MS = 900;
const LONGEST_SPEECH_MS = 12_000;
const VOICES_MS = 1_500;
const SPOKEN = { both: ["zh", "en"], chinese: ["zh"], english: ["en"], chime: [] };
const WANTED = { zh: [/^zh[-_]CN/i, /^zh/i, /^cmn/i], en: [/^en[-_](GB|US)/i, /^en/i] };

export class Voice {
  constructor({ voices = "both", volume = 80, quiet = [], time = () => "" } = {}) {
    this.languages = SPOKEN[voices] ?? SPOKEN.both;
    this.volume = volume / 100;
    this.quiet = quiet;
    this.time = time;
    this.queue = Promise.resolve();
    this.sound = null;
  }

  // Whether sound came on: browsers refuse it until the page has been pressed.
  async start() {
    this.sound ??= new AudioContext();
    const resumed = this.sound.resume();
    await Promise.race([resumed, pause(300)]);
    if (this.sound.state !== "running") return false;
    await voicesLoaded();
    this.chime();
    return true;
  }

  stop() {
    this.sound?.suspend();
    window.speechSynthesis?.cancel();
    return false;
  }

  // The hours between `quiet` may go over midnight.
  get silent() {
    const [from, until] = this.quiet;
    if (!from || !until) return false;
    const now = this.time();
    return from <= until ? from <= now && now < until : now >= from || now < until;
  }

  say(texts) {
    this.queue = this.queue.then(async () => {
      if (this.sound?.state !== "running" || this.silent) return;
      this.chime();
      await pause(CHIME_MS);
      for (const language of this.languages) {
        if (texts[language]) await speak(texts[language], language, this.volume);
      }
    });
  }

  chime() {
    const start = this.sound.currentTime;
    for (const [frequency, delay] of CHIME) {
      const tone = this.sound.createOscillator();
      const volume = this.sound.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, start + delay);
      volume.gain.linearRampToValueAtTime(0.5 * this.volume + 0.0001, start + delay + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + delay + 0.6);
      tone.connect(volume).connect(this.sound.destination);
      tone.start(start + delay);
      tone.stop(start + delay + 0.7);
    }
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// Browsers load their voices late, and some never say that they have.
function voicesLoaded() {
  const synthesis = window.speechSynthesis;
  if (!synthesis || synthesis.getVoices().length > 0) return Promise.resolve();
  const changed = new Promise((resolve) => {
    synthesis.addEventListener?.("voiceschanged", resolve, { once: true });
  });
  return Promise.race([changed, pause(VOICES_MS)]);
}

function voiceFor(language) {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  for (const wanted of WANTED[language]) {
    const found = voices.find(({ lang }) => wanted.test(lang));
    if (found) return found;
  }
  return null;
}

async function speak(sentence, language, volume) {
  const voice = voiceFor(language);
  if (!voice) return;
  const speech = new SpeechSynthesisUtterance(sentence);
  speech.voice = voice;
  speech.lang = voice.lang;
  speech.rate = 0.9;
  speech.volume = volume;
  const spoken = new Promise((resolve) => {
    speech.onend = () => resolve(true);
    speech.onerror = () => resolve(true);
  });
  window.speechSynthesis.speak(speech);
  const ended = await Promise.race([spoken, pause(LONGEST_SPEECH_MS)]);
  // A voice that hangs must not hold up the calls behind it.
  if (!ended) window.speechSynthesis.cancel();
}
