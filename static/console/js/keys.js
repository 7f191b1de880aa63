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

function beside(step) {
  const links = [...document.querySelectorAll(".list tbody .at-title > a")];
  const here = links.indexOf(document.activeElement.closest("tr")?.querySelector(".at-title > a"));
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
