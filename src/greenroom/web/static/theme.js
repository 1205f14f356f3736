// Before the first paint: the theme this browser was last told to use. Nothing stored: the system's.
try {
  const theme = localStorage.getItem("greenroom:theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* storage is off: the system's theme it is */ }
