// "/" to the search, "?" for the list of keys, j and k between rows, x ticks. Never while somebody types.
import { open } from "./dialog.js";

const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

const acts = {
  "/": () => document.querySelector("[data-search]"),
  "?": () => void open(document.getElementById("shortcuts")),
  j: () => beside(1),
  k: () => beside(-1),
  x: () => void document.activeElement.closest("tr")?.querySelector(".row-check")?.click(),
};

// The link of a row may stand inside a cell that is edited in place; its pencil is not the row's link.
const title = (row) => row.querySelector(".at-title a:not(.cell-edit)");

function beside(step) {
  const links = [...document.querySelectorAll(".list tbody tr")].map(title).filter(Boolean);
  const row = document.activeElement.closest("tr");
  const here = row ? links.indexOf(title(row)) : -1;
  return links[here < 0 ? 0 : here + step];
}

document.addEventListener("keydown", (event) => {
  const act = acts[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const target = act();
  target?.focus();
  target?.select?.();
});
