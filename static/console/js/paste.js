// A very long paste travels as a file: <textarea data-as-file="name of the file input">. Fields have a limit, files do not.
const LONG = 100_000;
const HUGE = 300_000; // with each new row a text area is laid out anew: 3.7 million characters took 3 s each time
const PASTED = "pasted.txt";

document.addEventListener(
  "submit",
  (event) => {
    for (const text of event.target.querySelectorAll("textarea[data-as-file]")) {
      if (text.value.length < LONG || !carry(text, text.value)) continue;
      text.disabled = true; // the text itself stays on the page, for the way back
    }
  },
  true,
);

document.addEventListener("paste", (event) => {
  const text = event.target;
  if (!(text instanceof HTMLTextAreaElement) || !text.dataset.asFile) return;
  const pasted = event.clipboardData.getData("text/plain");
  const { value, selectionStart: start, selectionEnd: end } = text;
  if (takeOut(text, value.slice(0, start) + pasted + value.slice(end))) event.preventDefault();
});

// What came otherwise: dropped, or put there by a program that fills forms.
document.addEventListener("input", ({ target: text }) => {
  if (text instanceof HTMLTextAreaElement && text.dataset.asFile) takeOut(text, text.value);
});

function takeOut(text, values) {
  if (values.length < HUGE || !carry(text, values)) return false;
  text.value = "";
  return true;
}

// Puts the values into the file input, behind what was pasted before, unless another file is there already.
function carry(text, values) {
  const file = fileOf(text);
  const [there] = file?.files ?? [];
  if (!file || (there && there.name !== PASTED)) return false;
  const carrier = new DataTransfer();
  carrier.items.add(new File(there ? [there, "\n", values] : [values], PASTED, { type: "text/plain" }));
  file.files = carrier.files;
  file.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// What is asked while somebody types leaves a long paste and a file out, and says so (members/builder.py).
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  for (const text of elt.closest("form")?.querySelectorAll("textarea[data-as-file]") ?? []) {
    const long = text.value.length >= LONG;
    if (!long && !fileOf(text)?.files.length) continue;
    if (long) delete parameters[text.name];
    parameters[text.name.replace(/text$/, "late")] = "1";
  }
});

function fileOf(text) {
  return text.form.querySelector(`input[type="file"][name="${text.dataset.asFile}"]`);
}

window.addEventListener("pageshow", () => {
  for (const text of document.querySelectorAll("textarea[data-as-file]:disabled")) text.disabled = false;
});
