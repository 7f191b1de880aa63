// Questions put in order in the editor: dragged by .drag, or with the arrow keys on a button of the row. A drop sends the
// same button as the keyboard does, so the server moves the question and nothing typed is lost.
const list = () => document.querySelector("[data-questions]");
const rows = () => [...list().querySelectorAll(":scope > li")];
let held = null;

function send(move) {
  const form = list().closest("form");
  const button = form.querySelector("button[name=move]");
  const value = button.value;
  button.value = move;
  form.requestSubmit(button);
  button.value = value;
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-questions] .drag");
  if (!handle || event.button) return;
  event.preventDefault();
  const row = handle.closest("li");
  held = { row, from: rows().indexOf(row), next: row.nextElementSibling };
  row.classList.add("dragged");
});

document.addEventListener("pointermove", (event) => {
  if (!held) return;
  for (const row of rows()) {
    const box = row.getBoundingClientRect();
    if (row === held.row || event.clientY < box.top || event.clientY > box.bottom) continue;
    if (event.clientY < box.top + box.height / 2) row.before(held.row);
    else row.after(held.row);
  }
});

function release(keep) {
  if (!held) return;
  const { row, from, next } = held;
  held = null;
  row.classList.remove("dragged");
  const to = rows().indexOf(row);
  list().insertBefore(row, next);
  if (keep && to !== from) send(`to:${from}:${to}`);
}
document.addEventListener("pointerup", () => release(true));
document.addEventListener("pointercancel", () => release(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") release(false);
  const row = event.target.closest?.("[data-questions] button[name=move]")?.closest("li");
  const to = row && { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!to) return;
  event.preventDefault();
  const from = rows().indexOf(row);
  if (from + to >= 0 && from + to < rows().length) send(`to:${from}:${from + to}`);
});
