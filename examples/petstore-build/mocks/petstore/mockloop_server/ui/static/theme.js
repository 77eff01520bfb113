// Before the page is painted, so that it never flashes in the other theme.
"use strict";
try {
  const theme = localStorage.getItem("mockloop.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is used then.
}
