// A lab: the form is sent, and what the server finds comes back piece by piece. Without this script the same form gets a whole page.
//
// The run lives as long as its connection: Stop, another run, or leaving the page ends it on the server.

const form = document.getElementById("lab"), parts = document.getElementById("lab-parts"), seen = document.getElementById("lab-seen");
const status = document.getElementById("lab-status"), says = document.getElementById("lab-says"), stop = document.getElementById("lab-stop");
let running = null;

function build(html) {
  const made = document.createElement("template");
  made.innerHTML = html; // written by our own server, escaped there
  return made.content;
}

function fault(message, hint = "") {
  const note = document.createElement("div"), first = document.createElement("p"), strong = document.createElement("strong");
  note.className = "note bad";
  note.setAttribute("role", "alert");
  strong.textContent = message;
  first.append(strong);
  note.append(first);
  if (hint) { const second = document.createElement("p"); second.textContent = hint; note.append(second); }
  status.replaceChildren(note);
}

function progress({ says: text, share }) {
  let bar = status.querySelector("progress");
  if (!bar) {
    const line = document.createElement("label");
    line.append(document.createElement("span"), bar = document.createElement("progress"));
    status.replaceChildren(line);
  }
  bar.previousSibling.textContent = text;
  if (share === null) bar.removeAttribute("value"); else bar.value = share;
}

function show(html) {
  const made = build(html).firstElementChild, old = document.getElementById(made.id);
  if (!old) { parts.append(made); return; }
  if (old.querySelector("details[open]")) made.querySelector("details")?.setAttribute("open", "");
  old.replaceWith(made);
}

const take = {
  progress: (data) => progress(JSON.parse(data)),
  part: show,
  end: (data) => { seen.replaceChildren(build(data)); status.replaceChildren(); says.textContent = t("Done: {n} pictures and tables.", { n: parts.children.length }); },
  fault: (data) => status.replaceChildren(build(data)),
};

async function read(reply) {
  // Events of a text/event-stream, until it ends; true when it said that it is over.
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", over = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return over;
    const events = (rest + value.replaceAll("\r\n", "\n")).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const lines = event.split("\n"), name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(line[5] === " " ? 6 : 5)).join("\n");
      take[name]?.(data);
      over ||= name === "end" || name === "fault";
    }
  }
}

function busy(is) {
  stop.hidden = !is;
  parts.setAttribute("aria-busy", String(is));
}

function remember() {
  // The address holds what differs from the defaults: it can be kept, shared and reloaded.
  const changed = new URLSearchParams(new FormData(form)).toString();
  if (changed.length < 1800) history.replaceState(null, "", `${location.pathname}?${changed}`);
}

async function run() {
  running?.abort();
  const mine = running = new AbortController();
  busy(true);
  parts.replaceChildren();
  says.textContent = t("Running");
  progress({ says: t("Starting"), share: null });
  try {
    const reply = await fetch(`${form.getAttribute("action")}/run`, {
      method: "POST", body: new URLSearchParams(new FormData(form)), signal: mine.signal, headers: { accept: "text/event-stream, application/json" },
    });
    if (!reply.ok) {
      const said = await reply.json().catch(() => ({}));
      fault(said.error ?? t("The lab could not be run."), said.hint);
    } else if (!(await read(reply))) fault(t("The lab was cut off."), t("Run it again."));
  } catch (error) {
    if (mine !== running) return;
    if (error.name === "AbortError") { status.replaceChildren(); says.textContent = t("Stopped"); }
    else fault(t("greenroom does not answer."), t("Try again in a moment."));
  } finally {
    if (mine === running) { running = null; busy(false); }
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  remember();
  run();
  const results = document.querySelector(".results");
  if (results.getBoundingClientRect().top > innerHeight) results.scrollIntoView({ block: "start" }); // on a phone they lie below the form
});
document.querySelector(".results").addEventListener("keydown", (event) => { // from token to token with the arrows
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], token = event.target.closest(":is(.tokens, .looks) > .tok");
  if (!step || !token) return;
  const all = [...token.parentElement.querySelectorAll(".tok")];
  all[all.indexOf(token) + step]?.focus();
  event.preventDefault();
});
stop.addEventListener("click", () => { running?.abort(); form.querySelector("#lab-run").focus(); });
addEventListener("pagehide", () => running?.abort());
if ("begin" in form.dataset) run();
