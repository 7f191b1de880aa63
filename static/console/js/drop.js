// Panels under a button: one open at a time, a click outside or Esc closes, focus returns to the button.
const opened = () => document.querySelectorAll("details.drop[open]");

document.addEventListener("click", (event) => {
  for (const drop of opened()) {
    const panel = drop.querySelector(":scope > :not(summary)");
    const inSummary = drop.querySelector("summary").contains(event.target);
    if (!panel.contains(event.target) && !inSummary) drop.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const last = [...opened()].at(-1);
  if (!last) return;
  event.preventDefault();
  last.removeAttribute("open");
  last.querySelector("summary").focus();
});

document.addEventListener("focusin", (event) => {
  for (const drop of opened()) {
    if (!drop.contains(event.target) && !event.target.closest("dialog")) drop.removeAttribute("open");
  }
});
