// Attention, walked through: choose a token, a layer, a head, and the figure shows what is taken from where. All weights came with the
// figure, a byte each, layer by layer, head by head, row by row; nothing is asked of the server. Without this script it shows one choice.

const results = document.querySelector(".results"), parts = document.getElementById("lab-parts");
const LEVELS = [0.05, 0.25, 0.5, 0.8]; // as plots.LEVELS has them
const visible = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "␍");
const DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
let shown = null;

function open(figure) {
  const { weights, layers, heads, token, layer, head } = figure.dataset;
  const tokens = [...figure.querySelectorAll(".looks > .tok")];
  shown = {
    figure, tokens, layers: +layers, heads: +heads, token: +token, layer: +layer, head: +head,
    words: tokens.map((each) => visible(each.textContent.replaceAll("⏎", "\n").replaceAll("⇥", "\t"))),
    weights: Uint8Array.from(atob(weights), (char) => char.charCodeAt(0)),
  };
  delete figure.dataset.weights;
  figure.querySelector(".picks").hidden = false;
  draw();
}

function row(layer, head) {
  // What the chosen token takes from each up to itself; -1: the mean of all.
  const { weights, token, layers, heads, words } = shown, found = new Float64Array(token + 1), size = (words.length * (words.length + 1)) / 2;
  let count = 0;
  for (let a = layer < 0 ? 0 : layer; a < (layer < 0 ? layers : layer + 1); a++) {
    for (let b = head < 0 ? 0 : head; b < (head < 0 ? heads : head + 1); b++, count++) {
      const start = (a * heads + b) * size + (token * (token + 1)) / 2;
      for (let n = 0; n <= token; n++) found[n] += weights[start + n] / 255;
    }
  }
  return found.map((each) => each / count);
}

function draw() {
  const { figure, tokens, words, token, layer, head, layers, heads } = shown, here = row(layer, head), all = row(-1, -1);
  const full = token > 0 ? Math.max(...here.slice(1)) || 1 : 1, percent = (share) => (100 * share).toLocaleString(document.documentElement.lang, DECIMAL);
  const most = [...here.keys()].sort((a, b) => here[b] - here[a] || a - b).slice(0, 3);
  figure.querySelector("[role=status]").textContent =
    t("“{token}” takes most from {others}.", { token: words[token], others: most.map((n) => `“${words[n]}” (${Math.round(100 * here[n])}%)`).join(", ") });
  figure.querySelector(".full").textContent = percent(full);
  tokens.forEach((each, n) => {
    each.className = n > token ? "tok w0 later" : `tok w${LEVELS.filter((level) => here[n] >= level * full).length}`;
    each.title = n > token ? "" : `${percent(here[n])} %`;
    each.setAttribute("aria-pressed", String(n === token));
  });
  figure.querySelectorAll(".heat rect").forEach((field, n) => { // a row for each head, in it a field for each layer
    const b = Math.floor(n / layers), a = n % layers, away = 1 - row(a, b)[0];
    field.setAttribute("fill-opacity", (0.05 + 0.95 * away).toFixed(3));
    field.querySelector("title").textContent = t("Layer {layer}, head {head}: {share} %", { layer: a, head: b, share: percent(away) });
    field.classList.toggle("here", (a === layer || layer < 0) && (b === head || head < 0) && layer + head > -2);
  });
  figure.querySelector("tbody").replaceChildren(...[...here.keys()].map((n) => line(words[n], percent(here[n]), percent(all[n]))));
  figure.querySelector(".pick-layer").value = layer;
  figure.querySelector(".pick-head").value = head;
  above().forEach((each, n) => (n === token ? each.setAttribute("aria-current", "true") : each.removeAttribute("aria-current")));
}

function line(word, ...figures) {
  const made = document.createElement("tr"), name = document.createElement("th");
  name.scope = "row";
  name.textContent = word;
  made.append(name, ...figures.map((each) => Object.assign(document.createElement("td"), { className: "num", textContent: each })));
  return made;
}

function above() { // the tokens of the text that is coloured by probability
  return [...document.querySelectorAll("#part-text .tokens > :is(.tok, .given)")];
}

function choose(change) {
  Object.assign(shown, change);
  draw();
}

results.addEventListener("click", ({ target }) => {
  if (!shown?.figure.isConnected) return;
  const token = target.closest(".looks > .tok"), read = target.closest("#part-text .tokens > .tok, #part-text .tokens > .given");
  if (token) choose({ token: shown.tokens.indexOf(token) });
  else if (read && above().length === shown.words.length) {
    choose({ token: above().indexOf(read) });
    shown.figure.scrollIntoView({ block: "nearest" });
  } else if (target.matches(".attention .heat rect")) {
    const n = [...shown.figure.querySelectorAll(".heat rect")].indexOf(target);
    choose({ layer: n % shown.layers, head: Math.floor(n / shown.layers) });
  }
});
results.addEventListener("change", ({ target }) => {
  if (target.matches(".pick-layer")) choose({ layer: +target.value });
  if (target.matches(".pick-head")) choose({ head: +target.value });
});

function look() {
  const figure = parts.querySelector(".attention[data-weights]");
  if (figure) open(figure);
}
new MutationObserver(look).observe(parts, { childList: true });
look();
