// Lists put in order: form[data-order] with an input[name=order] in each row. Rows are dragged by .drag; Esc takes it back.
// A drop sends the form. With data-order="later" a button of the form does, and the buttons up and down move at once.
const rowOf = (element) => element.closest("tr, li");
const rows = (form) => [...form.querySelectorAll("input[name=order]")].map(rowOf);
let held = null;

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("form[data-order] .drag");
  if (!handle || event.button) return;
  event.preventDefault();
  const row = rowOf(handle);
  held = { form: handle.closest("form"), row, next: row.nextElementSibling };
  row.classList.add("dragged");
});

document.addEventListener("pointermove", (event) => {
  if (!held) return;
  for (const row of rows(held.form)) {
    const box = row.getBoundingClientRect();
    if (row === held.row || event.clientY < box.top || event.clientY > box.bottom) continue;
    if (event.clientY < box.top + box.height / 2) row.before(held.row);
    else row.after(held.row);
  }
});

const release = (keep) => {
  if (!held) return;
  const { form, row, next } = held;
  held = null;
  row.classList.remove("dragged");
  if (!keep) row.parentElement.insertBefore(row, next);
  else if (row.nextElementSibling !== next) moved(form, row);
};
document.addEventListener("pointerup", () => release(true));
document.addEventListener("pointercancel", () => release(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && release(false));

document.addEventListener("click", (event) => {
  const button = event.target.closest("form[data-order=later] button[name=move]");
  if (!button) return;
  event.preventDefault();
  const [row, up] = [rowOf(button), button.value.startsWith("up:")];
  const all = rows(button.form);
  const other = all[all.indexOf(row) + (up ? -1 : 1)];
  if (up) other?.before(row);
  else other?.after(row);
  moved(button.form, row);
  (button.disabled ? row.querySelector("button[name=move]:not(:disabled)") : button)?.focus();
});

function moved(form, row) {
  const all = rows(form);
  for (const [at, each] of all.entries()) {
    for (const button of each.querySelectorAll("button[name=move]")) {
      button.disabled = at === (button.value.startsWith("up:") ? 0 : all.length - 1);
    }
  }
  const said = form.querySelector("[data-moved]");
  const words = { name: row.querySelector("[data-name]")?.textContent.trim() ?? "", n: all.indexOf(row) + 1 };
  if (said) said.textContent = said.dataset.moved.replace(/\{(\w+)\}/g, (_all, word) => words[word]);
  if (form.dataset.order !== "later") form.requestSubmit();
}
