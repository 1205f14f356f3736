// The interview: drafts that outlive a dead server, the clock, the word count. The page works without any of it.
//
// A draft goes into this browser's storage at every keystroke and to the server shortly after. "Saved" is said only when the server has said so.

const DELAY = 700, LONGEST = 15000;
const get = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
const put = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; } };
const drop = (name) => { try { localStorage.removeItem(name); } catch { /* storage is off */ } };

let timer = 0, wait = DELAY, ticking = 0;

const stage = () => document.getElementById("stage");
const draftName = (session, turn) => `greenroom:draft:${session}:${turn}`;

function say(text, kind = "") {
  const note = document.getElementById("save-note");
  if (note && note.textContent !== text) { note.textContent = text; note.dataset.kind = kind; }
}

function uuid(field) {
  return globalThis.crypto?.randomUUID ? crypto.randomUUID() : field.value;
}

function words(text) {
  return text.trim() ? text.trim().split(/\s+/u).length : 0;
}

function count(area) {
  const shown = document.getElementById("words"), found = words(area.value), over = [...area.value].length - Number(area.dataset.limit);
  if (shown) shown.textContent = over > 0 ? t("{n} characters too long", { n: over }) : found === 1 ? t("{n} word", { n: found }) : t("{n} words", { n: found });
}

async function save(area) {
  if (!stage()) return;
  const { session, turn } = stage().dataset, name = draftName(session, turn), text = area.value;
  const stays = put(name, { ...get(name), text, saved: false });
  say(stays ? t("Kept in this browser · saving…") : t("Saving…"));
  try {
    const reply = await fetch(`/api/sessions/${session}/turns/${turn}/draft`, {
      method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ text }), keepalive: text.length < 20000,
    });
    if (!reply.ok) throw new Error((await reply.json().catch(() => ({}))).error || t("greenroom could not save the draft."));
    wait = DELAY;
    if (!area.isConnected) return; // the stage has moved on while this was under way
    if (area.value === text) { put(name, { ...get(name), text, saved: true }); say(t("Draft saved"), "good"); }
  } catch (error) {
    if (!area.isConnected) return;
    const why = error instanceof TypeError ? t("greenroom does not answer") : error.message;
    say(stays ? t("Not saved yet: {why}. Your text is kept in this browser.", { why }) : t("Not saved yet: {why}. Copy your text before you leave.", { why }), "bad");
    wait = Math.min(wait * 2, LONGEST);
    clearTimeout(timer);
    timer = setTimeout(() => area.isConnected && save(area), wait);
  }
}

function typed(area) {
  const { session, turn } = stage().dataset, name = draftName(session, turn);
  const stays = put(name, { ...get(name), text: area.value, saved: false });
  say(stays ? t("Kept in this browser") : t("Typing…"));
  count(area);
  clearTimeout(timer);
  timer = setTimeout(() => save(area), wait);
}

function bring(area) {
  const { session, turn } = stage().dataset, kept = get(draftName(session, turn));
  if (kept && !kept.saved && kept.text !== area.value && kept.text.trim()) {
    area.value = kept.text;
    say(t("Brought back what you had typed"));
    timer = setTimeout(() => save(area), wait);
  }
}

function identify(form) {
  // The id is made once for a text: sending the same text again, after a failure, is the same submission.
  const { session, turn } = stage().dataset, name = draftName(session, turn), kept = get(name) ?? {};
  const text = form.elements.text.value, field = form.elements.submission_id;
  field.value = kept.id && kept.sent === text ? kept.id : uuid(field);
  put(name, { ...kept, text, id: field.value, sent: text });
}

function forget() {
  // Drafts of turns that the server has an answer for, and only those.
  const { session, answered } = stage().dataset;
  for (const turn of (answered || "").split(" ").filter(Boolean)) drop(draftName(session, turn));
}

function tick() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  const began = performance.now(), at = Number(clock.dataset.seconds), left = clock.dataset.left ? Number(clock.dataset.left) : null;
  const show = () => {
    const passed = (performance.now() - began) / 1000, value = Math.max(0, Math.floor(left === null ? at + passed : left - passed));
    clock.textContent = `${Math.floor(value / 60)}:${String(value % 60).padStart(2, "0")}`;
    clock.classList.toggle("late", left !== null && value < 60);
  };
  clearInterval(ticking);
  ticking = setInterval(show, 1000);
  show();
}

function begin() {
  if (!stage()) return;
  clearTimeout(timer);
  clearInterval(ticking);
  forget();
  tick();
  const area = document.getElementById("answer");
  if (area) {
    bring(area);
    count(area);
    area.addEventListener("input", () => typed(area));
    area.form.addEventListener("submit", (event) => {
      if (!event.submitter?.formAction?.endsWith("/skip")) identify(area.form);
      clearTimeout(timer);
    }, true);
    if (matchMedia("(min-width: 50rem)").matches) area.focus({ preventScroll: true });
  }
}

addEventListener("pagehide", () => {
  const area = document.getElementById("answer");
  const kept = area && stage() && get(draftName(stage().dataset.session, stage().dataset.turn));
  if (kept && !kept.saved) save(area);
});
document.addEventListener("htmx:after:swap", () => {
  document.getElementById("trouble").hidden = true;
  begin();
  const head = document.querySelector("#stage [data-focus]");
  if (head && !document.getElementById("answer")) head.focus({ preventScroll: true });
  if (head) scrollTo({ top: 0 });
});
document.addEventListener("htmx:error", () => {
  document.getElementById("trouble").hidden = Boolean(document.getElementById("save-note"));
  say(t("Not sent: greenroom does not answer. Your text is kept in this browser; send it again in a moment."), "bad");
  const area = document.getElementById("answer");
  if (area) timer = setTimeout(() => area.isConnected && save(area), LONGEST / 3);
});
begin();
