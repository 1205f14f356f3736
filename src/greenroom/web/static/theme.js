// Before the first paint: that scripts run, and the theme this browser was last told to use. Nothing stored: the system's.
// And t(), by which the other scripts speak the page's language: the page brings the words where it is not English. {name}: a value.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("greenroom:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage is off: the system's theme it is */ }
let words;
globalThis.t = (text, values = {}) => {
  words ??= JSON.parse(document.body.dataset.words ?? "{}");
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
};
