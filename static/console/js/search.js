// A search loads the page anew; the focus comes back to the box that was searched in, behind what was typed.
const KEPT = "searched-in";

document.addEventListener("submit", (event) => {
  const box = event.target.querySelector("[data-search]");
  if (box?.id) sessionStorage.setItem(KEPT, box.id);
});

const box = document.getElementById(sessionStorage.getItem(KEPT) ?? "");
sessionStorage.removeItem(KEPT);
if (box && !document.querySelector("[data-errors]")) {
  box.focus();
  box.setSelectionRange?.(box.value.length, box.value.length);
}
