// Answering aloud. Sound goes to this machine's greenroom piece by piece; what is settled stands in the text, which stays editable.
//
// Nothing is lost by a hole in the connection: a piece is dropped here only when the server has settled it, and goes out again until then.

const MOST = 128 * 1024, HOLD = 600, QUIET = 0.012, QUIET_AFTER = 4000, RATE = 16000;
const DENIED = t("The browser was not given the microphone. Allow it beside the address, then press again. Or type.");
const SAYS = {
  NotAllowedError: DENIED,
  SecurityError: DENIED,
  NotFoundError: t("There is no microphone. Plug one in and press again. Or type."),
  NotReadableError: t("Another program holds the microphone. Close it and press again. Or type."),
  insecure: t("Browsers lend a microphone only to this machine's own address and to https. Open http://127.0.0.1 with greenroom's port here, or serve it over https. Or type."),
  unplugged: t("The microphone went away. What you said until then is in the text; plug it in and press again."),
  quiet: t("Nothing is heard. Is the microphone muted, or another one chosen in the browser?"),
  silent: t("Only silence came in. Is the microphone muted, or another one chosen in the browser? Your text is as it was."),
  wordless: t("There was sound, but no speech in it. Come closer to the microphone, or type."),
  clipped: t("It is too loud and distorts: move back, or turn the input down."),
  away: t("greenroom does not answer. What you say is held here and goes on when it is back."),
  gone: t("greenroom does not answer. Start it again, then press once more. Your text is kept."),
  full: t("That was twenty minutes: the recording stopped, and everything is in the text. Press again to go on."),
  read: t("Read it before you give it: what was misheard can be corrected."),
  give: t("Here is what was heard. Read it, correct it, then give it."),
};

const $ = (id) => document.getElementById(id);
let now = null; // the take in progress, with all that belongs to it
let pressedAt = 0;

const get = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
const put = (name, value) => { try { localStorage.setItem(name, value); } catch { /* storage is off */ } };

function note(text, bad = false) {
  const place = $("mic-note");
  if (place && place.textContent !== text) { place.textContent = text; place.classList.toggle("bad", bad); }
}

function show(state) {
  const button = $("mic");
  if (!button) return;
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(state === "listening"));
  button.disabled = state === "finishing" || state === "asking";
  button.querySelector("span").textContent = { idle: t("Speak"), asking: t("One moment"), listening: t("Stop"), finishing: t("Still listening") }[state];
  $("level").hidden = state !== "listening";
  $("mic-hint").hidden = state !== "idle";
}

function append(take, text) {
  // Settled words only ever grow. They go to the end; a person may edit before it meanwhile.
  const more = text.slice(take.shown), area = $("answer");
  if (!more || !area) return;
  const gap = area.value && !/\s$/.test(area.value) && !/^\s/.test(more) ? " " : "";
  const { selectionStart, selectionEnd } = area, atEnd = selectionStart === area.value.length;
  area.value += gap + more;
  if (!atEnd) area.setSelectionRange(selectionStart, selectionEnd);
  take.shown = text.length;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.scrollTop = area.scrollHeight;
}

function tell(take, view) {
  if (take !== now) return;
  append(take, view.text);
  $("open").textContent = view.open;
  if (view.error) note([view.error, view.hint].filter(Boolean).join(" "), true);
  else if (view.clipped) note(SAYS.clipped, true);
  else if (take.quiet) note(SAYS.quiet, true);
  else if (!take.away && !take.ending) note("");
}

// --- the connection ---

async function ask(path, options = {}) {
  const reply = await fetch(`/api/voice${path}`, options), body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw Object.assign(new Error([body.error, body.hint].filter(Boolean).join(" ")), { status: reply.status });
  return body;
}

const json = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

async function begin(take) {
  const { session, turn } = $("stage").dataset;
  const view = await ask("/takes", json({ session_id: session, turn_id: turn, keep: $("keep").checked }));
  Object.assign(take, { id: view.take_id, origin: take.settled, sent: take.settled, shown: 0 });
}

// Positions count bytes from the press of the button; `origin` is where the server's take begins, after a restart not at 0.
function held(take, from, most) {
  const out = new Uint8Array(Math.min(most, take.end - from));
  let done = 0;
  for (const piece of take.pieces) {
    const start = Math.max(0, from + done - piece.at);
    if (done === out.length) break;
    if (start >= piece.bytes.length) continue;
    const part = piece.bytes.subarray(start, start + out.length - done);
    out.set(part, done);
    done += part.length;
  }
  return out;
}

async function bring(take) {
  const body = held(take, take.sent, MOST);
  const view = await ask(`/takes/${take.id}/sound?at=${take.sent - take.origin}`, {
    method: "POST", headers: { "content-type": "application/octet-stream" }, body,
  });
  take.sent = take.origin + view.received;
  take.settled = take.origin + view.settled;
  take.pieces = take.pieces.filter((piece) => piece.at + piece.bytes.length > take.settled);
  tell(take, view);
  if (view.full || view.error) { take.full = view.full; take.sent = take.end; stop(take); }
}

async function pump(take) {
  // One piece after the other; half a second between two unless there is much to bring.
  while (take === now && !(take.ending && take.sent >= take.end)) {
    if (take.sent < take.end && (take.ending || take.end - take.sent >= RATE)) {
      try {
        await bring(take);
        if (take.away) { take.away = false; note(""); }
      } catch (error) {
        if (error.status === 404 || error.status === 409) {
          try { await begin(take); continue; } catch (again) { error = again; } // greenroom was restarted: what it had not settled goes again
        }
        if (error.status && error.status !== 404 && error.status < 500) { take.why = error.message; stop(take); break; }
        take.away = true;
        note(SAYS.away, true);
        await pause(1000);
      }
    } else await pause(60);
  }
  await finish(take);
}

const pause = (time) => new Promise((done) => setTimeout(done, time));

async function finish(take) {
  if (take !== now) return;
  let view = null;
  for (let tries = 0; tries < 60 && take === now; tries++) {
    try {
      if (!view) view = await ask(`/takes/${take.id}/end`, { method: "POST" });
      if (view.done) break;
      view = await ask(`/takes/${take.id}?wait=1.5`);
      tell(take, view);
    } catch (error) {
      if (error.status === 404) {
        if (take.again || take.settled >= take.end) break;
        take.again = true; // greenroom was restarted before it had settled the end: that goes again
        try { await begin(take); } catch { break; }
        await pump(take);
        return;
      }
      note(SAYS.away, true);
      await pause(1000);
    }
  }
  if (take !== now) return;
  if (view) tell(take, view);
  now = null;
  $("open").textContent = "";
  show("idle");
  const why = view?.error ? [view.error, view.hint].join(" ") : take.full ? SAYS.full : take.why;
  const empty = view && !view.speech && (view.silent ? SAYS.silent : SAYS.wordless);
  note(why || empty || (take.give ? SAYS.give : view?.clipped ? SAYS.clipped : SAYS.read), Boolean(why || empty));
  if (!empty && matchMedia("(min-width: 50rem)").matches) $("answer")?.focus({ preventScroll: true });
}

// --- the microphone ---

async function open() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  let context = new AudioContext({ sampleRate: RATE }), source;
  try {
    source = context.createMediaStreamSource(stream);
  } catch { // a browser that does not resample: its own rate, and the worklet does it
    context.close();
    context = new AudioContext();
    source = context.createMediaStreamSource(stream);
  }
  await context.audioWorklet.addModule($("speak").dataset.worklet);
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  source.connect(node);
  await context.resume();
  return { stream, context, node };
}

function why(error) {
  if (error.status !== undefined) return error.message;
  if (error instanceof TypeError) return SAYS.gone;
  return SAYS[error.name] ?? t("The microphone cannot be used ({why}). Type instead.", { why: error.message });
}

async function start() {
  if (now || !$("mic")) return;
  hush();
  if (!isSecureContext || !navigator.mediaDevices) { note(SAYS.insecure, true); return; }
  const take = now = { pieces: [], end: 0, sent: 0, settled: 0, origin: 0, shown: 0, loudAt: performance.now(), begun: performance.now() };
  show("asking");
  note("");
  try {
    Object.assign(take, await open());
    await begin(take);
  } catch (error) {
    release(take);
    if (take === now) { now = null; show("idle"); note(why(error), true); }
    return;
  }
  if (take !== now) { release(take); return; }
  take.loudAt = take.begun = performance.now();
  take.node.port.onmessage = ({ data }) => hear(take, data);
  take.stream.getAudioTracks()[0].onended = () => { take.why = SAYS.unplugged; stop(take); };
  show("listening");
  pump(take);
}

function hear(take, data) {
  if (data.last) { take.flushed?.(); return; }
  const bytes = new Uint8Array(data.pcm);
  take.pieces.push({ at: take.end, bytes });
  take.end += bytes.length;
  const time = performance.now();
  if (data.peak > QUIET) take.loudAt = time;
  const quiet = time - take.loudAt > QUIET_AFTER;
  if (quiet !== Boolean(take.quiet)) { take.quiet = quiet; note(quiet ? SAYS.quiet : "", quiet); }
  if (take === now && $("level")) $("level").value = Math.min(1, Math.sqrt(data.peak));
}

async function stop(take = now, give = false) {
  if (!take || take.ending || !take.node) return;
  take.give = give;
  if (take === now) show("finishing");
  const flushed = new Promise((done) => { take.flushed = done; });
  take.node.port.postMessage("flush");
  await Promise.race([flushed, pause(300)]);
  take.ending = true;
  release(take);
}

function release(take) {
  take.stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
  if (take.context && take.context.state !== "closed") take.context.close();
}

function drop() {
  const take = now;
  now = null;
  if (!take) return;
  release(take);
  if (take.id) fetch(`/api/voice/takes/${take.id}/end`, { method: "POST", keepalive: true }).catch(() => {});
}

// --- the interviewer's voice: one that is on this machine, or none ---

let playing = null;

function hush() {
  globalThis.speechSynthesis?.cancel();
  playing?.pause();
  playing = null;
}

async function localVoice() {
  const list = () => globalThis.speechSynthesis?.getVoices().find((voice) => voice.localService && voice.lang.startsWith("en"));
  if (!list()) await pause(250); // some browsers list them a moment later
  return list();
}

async function read(asked = true) {
  hush();
  const voice = await localVoice(), place = $("speak");
  if (!place) return;
  if (voice) {
    const words = new SpeechSynthesisUtterance($("ask").textContent);
    words.voice = voice;
    speechSynthesis.speak(words);
  } else if (place.dataset.speaks) {
    playing = new Audio(place.dataset.asked);
    try { await playing.play(); } catch (error) { if (asked && error.name !== "AbortError") note(t("The question could not be read aloud. It stands above."), true); }
  } else if (asked) note(t("This browser has no voice of its own on this machine. pip install 'greenroom[voice]' brings one."), true);
}

// --- the page ---

function press() {
  if (now) { stop(); return; }
  pressedAt = performance.now();
  start();
}

function lift() {
  const heldFor = performance.now() - pressedAt;
  if (pressedAt && heldFor > HOLD && now && !now.ending && now.node) stop();
  pressedAt = 0;
}

function bind() {
  const button = $("mic");
  if (!button || button.dataset.bound) return;
  button.dataset.bound = "yes";
  $("speak").hidden = false;
  show("idle");
  button.addEventListener("pointerdown", (event) => { if (!event.button) { event.preventDefault(); press(); } });
  button.addEventListener("click", (event) => { if (!event.detail) now ? stop() : start(); });
  button.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); if (!event.repeat) press(); } });
  button.addEventListener("keyup", (event) => { if (event.key === " ") { event.preventDefault(); lift(); } });
  const always = $("always");
  always.checked = get("greenroom:read") === "on";
  always.addEventListener("change", () => put("greenroom:read", always.checked ? "on" : "off"));
  $("aloud").addEventListener("click", () => read());
  if (always.checked) read(false);
}

addEventListener("pointerup", lift);
addEventListener("pagehide", drop);
function giving(form, button) {
  return now && form === $("answer")?.form && !button?.formAction?.endsWith("/skip");
}

// Given while it is still listening: it is read first. The click is caught too, since an empty text would not be sent at all.
for (const kind of ["click", "submit"]) {
  document.addEventListener(kind, (event) => {
    const button = kind === "submit" ? event.submitter : event.target.closest?.("button:not([type=button])");
    if (!now || (kind === "click" && !button)) return;
    const form = kind === "submit" ? event.target : button.form;
    if (!giving(form, button)) { if (kind === "submit") drop(); return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    stop(now, true);
  }, true);
}
document.addEventListener("htmx:after:swap", () => { drop(); hush(); bind(); });
bind();
