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
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const area = document.querySelector("textarea[data-preview]");
  area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  all();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-dark]")) event.target.closest(".preview").classList.toggle("dark", event.target.checked);
});
// Where the cursor was put a field in, the phone is drawn again.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-insert]")) document.querySelector("textarea[data-preview]").dispatchEvent(new Event("input", { bubbles: true }));
});
if (document.querySelector(SAMPLES) || document.querySelector("[data-units]")) all();
