// The phone beside the text, and the buttons that put a merge field where the cursor stands.
const SAMPLES = "[data-sample-name]";

function filled(text, phone) {
  const form = document.querySelector("[data-attached]");
  const attached = form && form.value;
  const values = { name: phone.dataset.sampleName, line_name: phone.dataset.sampleLineName, form: attached ? phone.dataset.sampleForm : "{form}" };
  const whole = attached && !text.includes("{form}") ? `${text}\n\n{form}` : text;
  return whole.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function draw(area) {
  const phone = document.getElementById(area.dataset.preview);
  if (!phone) return;
  const bubble = phone.querySelector("[data-bubble]"); // elsewhere the server draws the whole phone
  if (bubble) bubble.textContent = filled(area.value.trim(), phone) || "…";
  const counter = document.querySelector("[data-units]");
  if (counter) counter.textContent = area.value.length.toLocaleString("ja-JP"); // UTF-16 code units, as LINE counts
}

function all() {
  document.querySelectorAll("textarea[data-preview]").forEach(draw);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-preview], [data-attached]")) all();
});
// Where a field goes that a button puts in: the text that was written in last, or the first one that is shown.
const TEXTS = "textarea[data-preview], [data-merge]";
let written = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches(TEXTS)) written = event.target;
});
function place() {
  if (written?.checkVisibility()) return written;
  return [...document.querySelectorAll(TEXTS)].find((text) => text.checkVisibility() && text.tagName === "TEXTAREA");
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const text = button && place();
  if (!text) return;
  text.setRangeText(button.dataset.insert, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  all();
  // The preview is drawn again.
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-dark]")) event.target.closest(".preview").classList.toggle("dark", event.target.checked);
});
if (document.querySelector(SAMPLES) || document.querySelector("[data-units]")) all();
