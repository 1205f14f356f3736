// Before the first paint: that scripts run, and the theme this browser was last told to use. Nothing stored: the system's.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("greenroom:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage is off: the system's theme it is */ }
