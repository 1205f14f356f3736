// The author's preview: the text is assessed while it is being written. Without this file the button does the same.

const form = document.getElementById("try"), note = document.getElementById("try-note");
let waiting = 0, asked = null, last = new URLSearchParams(new FormData(form)).toString();

async function assess() {
  const body = new URLSearchParams(new FormData(form));
  if (body.toString() === last) return;
  last = body.toString();
  asked?.abort();
  asked = new AbortController();
  note.textContent = t("Reading…");
  try {
    const reply = await fetch(form.action, { method: "POST", body, signal: asked.signal });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("verdict");
    if (page) document.getElementById("verdict").replaceWith(page);
    note.textContent = page ? t("Assessed as it stands") : t("That did not work; press Assess.");
  } catch (error) {
    if (error.name !== "AbortError") { note.textContent = t("greenroom does not answer."); last = ""; }
  }
}

form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(assess, 700); });
form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); last = ""; assess(); });
