// A session that ended while somebody typed: what a form sent waits in this tab, and when the page comes back from the
// login to the same person, it stands in the form again. Passwords, files and hidden fields are never kept.
import { toast } from "./toast.js";

const KEPT = "typed";
const here = () => location.pathname + location.search;
const who = document.body.dataset.login ?? "";
const posts = () => [...document.querySelectorAll("form[method=post]:not([role=search])")];
const typed = (field) => field.name && !field.disabled && !["password", "file", "hidden", "submit", "button"].includes(field.type);

document.addEventListener("submit", ({ target }) => {
  const place = posts().indexOf(target);
  if (place < 0 || !who) return;
  const fields = [...target.elements].filter(typed).map((field) => ({
    name: field.name,
    value: field.value,
    checked: field.checked,
    chosen: field.selectedOptions ? [...field.selectedOptions].map((option) => option.value) : null,
  }));
  sessionStorage.setItem(KEPT, JSON.stringify({ page: here(), who, place, fields }));
});

function restore({ place, fields }) {
  const inputs = [...(posts()[place]?.elements ?? [])].filter(typed);
  let back = 0;
  for (const kept of fields) {
    const at = inputs.findIndex((field) => field.name === kept.name && (!isTick(field) || field.value === kept.value));
    if (at < 0) continue;
    const [field] = inputs.splice(at, 1);
    if (isTick(field)) field.checked = kept.checked;
    else if (kept.chosen) for (const option of field.options) option.selected = kept.chosen.includes(option.value);
    else field.value = kept.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    back += 1;
  }
  return back;
}

const isTick = (field) => ["checkbox", "radio"].includes(field.type);

// On the way through the login it is kept; any other page means that the form arrived.
if (who) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  // The way ends at /login/ or, for whoever has a second factor, at /login/code/.
  const fromLogin = document.referrer && new URL(document.referrer).pathname.startsWith("/login/");
  if (kept && fromLogin && kept.who === who && kept.page === here() && restore(kept)) {
    toast(document.body.dataset.typedBack ?? "", "warn");
  }
}
