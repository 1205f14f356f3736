// The author's preview: the text is assessed while it is being written, and stays in this tab (nowhere else, and no longer) so that it is
// there again when the page is loaded anew. Without this file the button does the same.

const form = document.getElementById("try"), sample = document.getElementById("sample"), note = document.getElementById("try-note");
const place = `greenroom:sample:${form.dataset.sample}`;
const early = sample.value !== sample.defaultValue || [...form.querySelectorAll("[name=form]")].some((each) => each.checked !== each.defaultChecked);
let waiting = 0, asked = null, last = early ? "" : body().toString(), loading = "first" in form.dataset;

function body() { return new URLSearchParams(new FormData(form)); }

function say(text, busy = false) {
  note.textContent = text;
  note.toggleAttribute("data-busy", busy);
}

function keep() {
  try {
    if (sample.value) sessionStorage.setItem(place, JSON.stringify({ text: sample.value, form: body().get("form") ?? "" }));
    else sessionStorage.removeItem(place);
  } catch { /* storage is off: the text is as lasting as the page */ }
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(place)); } catch { return null; }
}

function restore() {
  const found = kept();
  if (sample.value || typeof found?.text !== "string") return;
  sample.value = found.text;
  const chosen = [...form.querySelectorAll("[name=form]")].find((each) => each.value === found.form);
  if (chosen) { chosen.checked = true; name(); }
}

function name() {
  const chosen = form.querySelector("[name=form]:checked");
  if (chosen) document.getElementById("asked-as").replaceChildren(...[...chosen.parentNode.childNodes].slice(1).map((each) => each.cloneNode(true)));
}

async function assess() {
  const now = body();
  if (now.toString() === last) return;
  last = now.toString();
  asked?.abort();
  asked = new AbortController();
  const empty = !sample.value.trim();
  say(empty ? "" : loading ? t("Reading… The first time takes longer: the assessor is being loaded.") : t("Reading…"), !empty);
  try {
    const reply = await fetch(form.action, { method: "POST", body: now, signal: asked.signal });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("verdict");
    if (page) document.getElementById("verdict").replaceWith(page);
    if (reply.ok && !empty) loading = false;
    say(!page ? t("That did not work; press Assess.") : empty ? t("Nothing to assess yet") : reply.ok ? t("Assessed as it stands") : "");
  } catch (error) {
    if (error.name !== "AbortError") { say(t("greenroom does not answer.")); last = ""; }
  }
}

form.addEventListener("input", () => { keep(); name(); clearTimeout(waiting); waiting = setTimeout(assess, 700); });
form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); last = ""; assess(); });
restore();
if (early) { keep(); name(); } // typed or chosen before this file was there
assess();
