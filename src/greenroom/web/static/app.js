// Every page: the theme switch, and the keys. An element says its own key with data-key; `?` lists those that are on the page.

const store = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* storage is off */ } },
};
const root = document.documentElement;

function isDark() {
  const chosen = root.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function toggleTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  store.set("greenroom:theme", root.dataset.theme);
}

const actions = () => [...document.querySelectorAll("[data-key]")].filter((each) => each.checkVisibility?.() ?? true);
const keysOn = () => store.get("greenroom:keys") !== "off";
const dialog = document.getElementById("keys");

function listKeys() {
  const rows = [["?", t("These keys")], ...actions().map((element) => {
    const key = { "ctrl+enter": t("Ctrl Enter") }[element.dataset.key] ?? element.dataset.key;
    return [key, element.dataset.does || element.textContent.replace(/\s+/g, " ").trim()];
  })];
  if (document.querySelector("textarea")) rows.push(["Esc", t("Leave the text, so that the keys work")]);
  const list = dialog.querySelector("dl");
  list.replaceChildren(...rows.flatMap(([key, does]) => {
    const term = document.createElement("dt"), what = document.createElement("dd"), cap = document.createElement("kbd");
    cap.textContent = key; term.append(cap); what.textContent = does;
    return [term, what];
  }));
  dialog.querySelector("#keys-on").checked = keysOn();
  dialog.showModal();
}

function press(event) {
  const typing = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && typing) { typing.blur(); return; }
  const key = event.ctrlKey || event.metaKey ? (event.key === "Enter" ? "ctrl+enter" : null) : event.key;
  if (!key || event.altKey || event.isComposing || (dialog.open && key !== "Escape")) return;
  if (key !== "ctrl+enter" && (typing || !keysOn())) return;
  if (key === "?") { event.preventDefault(); listKeys(); return; }
  const element = actions().find((each) => each.dataset.key === key && !each.disabled);
  if (!element) return;
  event.preventDefault();
  if (element.matches("textarea, input[type=search]")) element.focus();
  else element.click();
}

document.addEventListener("keydown", press);
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
}, true);
document.getElementById("theme").addEventListener("click", toggleTheme);
document.getElementById("keys-open").addEventListener("click", listKeys);
dialog.querySelector("#keys-on").addEventListener("change", (event) => store.set("greenroom:keys", event.target.checked ? "on" : "off"));
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => print()));
