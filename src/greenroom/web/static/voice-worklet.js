// In the audio thread: one channel, 16,000 samples a second, 16 bits; a piece every tenth of a second, with its loudest sample.

const RATE = 16000, PIECE = 1600;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ratio = sampleRate / RATE;
    this.sum = 0; this.weight = 0;
    this.fresh();
    this.port.onmessage = () => { this.send(); this.port.postMessage({ last: true }); };
  }

  fresh() { this.piece = new Int16Array(PIECE); this.count = 0; this.peak = 0; }

  send() {
    if (!this.count) return;
    const pcm = this.piece.slice(0, this.count).buffer;
    this.port.postMessage({ pcm, peak: this.peak }, [pcm]);
    this.fresh();
  }

  put(value) {
    const held = Math.max(-1, Math.min(1, value));
    this.peak = Math.max(this.peak, Math.abs(held));
    this.piece[this.count++] = Math.round(held * 32767);
    if (this.count === PIECE) this.send();
  }

  process(inputs) {
    const input = inputs[0]?.[0];
    if (!input) return true;
    for (const sample of input) {
      // Each new sample is the mean of those it stands for: a plain filter where the browser could not resample by itself.
      let left = 1;
      while (this.weight + left >= this.ratio) {
        const part = this.ratio - this.weight;
        this.put((this.sum + sample * part) / this.ratio);
        left -= part; this.sum = 0; this.weight = 0;
      }
      this.sum += sample * left; this.weight += left;
    }
    return true;
  }
}

registerProcessor("capture", Capture);
