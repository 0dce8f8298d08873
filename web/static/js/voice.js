// A chime, and the call spoken by the browser's Chinese voice; where it has none, the chime alone.
const CHIME = [[659.25, 0], [523.25, 0.28]];
const CHIME_MS = 900;
const LONGEST_SPEECH_MS = 12_000;

export class Voice {
  constructor() {
    this.queue = Promise.resolve();
    this.sound = null;
  }

  // Whether sound came on: browsers refuse it until the page has been pressed.
  async start() {
    this.sound ??= new AudioContext();
    const resumed = this.sound.resume();
    await Promise.race([resumed, pause(300)]);
    if (this.sound.state !== "running") return false;
    this.say("");
    return true;
  }

  stop() {
    this.sound?.suspend();
    window.speechSynthesis?.cancel();
    return false;
  }

  say(sentence) {
    this.queue = this.queue.then(async () => {
      if (this.sound?.state !== "running") return;
      this.chime();
      await pause(CHIME_MS);
      if (sentence) await speak(sentence);
    });
  }

  chime() {
    const start = this.sound.currentTime;
    for (const [frequency, delay] of CHIME) {
      const tone = this.sound.createOscillator();
      const volume = this.sound.createGain();
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0, start + delay);
      volume.gain.linearRampToValueAtTime(0.4, start + delay + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + delay + 0.6);
      tone.connect(volume).connect(this.sound.destination);
      tone.start(start + delay);
      tone.stop(start + delay + 0.7);
    }
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function chineseVoice() {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  return voices.find(({ lang }) => /^zh[-_]CN/i.test(lang)) ?? voices.find(({ lang }) => /^zh/i.test(lang));
}

function speak(sentence) {
  const voice = chineseVoice();
  if (!voice) return Promise.resolve();
  const speech = new SpeechSynthesisUtterance(sentence);
  speech.voice = voice;
  speech.lang = voice.lang;
  speech.rate = 0.9;
  const spoken = new Promise((resolve) => {
    speech.onend = resolve;
    speech.onerror = resolve;
  });
  window.speechSynthesis.speak(speech);
  return Promise.race([spoken, pause(LONGEST_SPEECH_MS)]);
}
