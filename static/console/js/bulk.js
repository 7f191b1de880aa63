// Ticking rows: the head's box means this page only; Shift ticks the rows between; "all of the list" is a box of its own.
let last = null;

const list = (element) => element.closest(".list");
const boxes = (root) => [...root.querySelectorAll(".row-check")];

document.addEventListener("click", (event) => {
  const box = event.target.closest?.(".row-check");
  if (!box) return;
  const all = boxes(list(box));
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-check-page]");
  if (!button) return;
  for (const box of boxes(list(button))) box.checked = true;
  show(list(button));
});

document.addEventListener("change", (event) => {
  const root = event.target.closest?.(".list");
  if (!root) return;
  if (event.target.matches("[data-check-all]")) {
    for (const box of boxes(root)) box.checked = event.target.checked;
  }
  if (event.target.matches(".bulk-scope")) {
    for (const box of boxes(root)) box.checked = event.target.checked;
  } else if (event.target.matches(".row-check, [data-check-all]")) {
    const scope = root.querySelector(".bulk-scope");
    if (scope) scope.checked = false;
  }
  show(root);
});

function show(root) {
  const bar = root.querySelector("[data-bulk]");
  const all = boxes(root);
  const ticked = all.filter((box) => box.checked).length;
  const head = root.querySelector("[data-check-all]");
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  if (!bar) return;
  bar.dataset.state = ticked > 0 && ticked === all.length ? "page" : "some";
  const count = bar.querySelector("[data-bulk-count]");
  if (count) count.textContent = ticked.toLocaleString("ja-JP");
}

const showAll = () => document.querySelectorAll(".list").forEach(show);
document.addEventListener("htmx:afterSettle", showAll);
window.addEventListener("pageshow", showAll);
showAll();
