// A session that ended while somebody typed: what a form sent waits in this tab, and when the page comes back from the
// login to the same person, it stands in the form again. Passwords and files are never kept.
//
// A form whose parts the server draws (data-redraw="name=value": asks it to draw, not to save) is drawn by it once more.
// Any other is filled in here, without hidden fields; one in a dialog, once that is open.
import { toast } from "./toast.js";

const KEPT = "typed";
const DRAWN = "typed-drawn";
const TOKEN = "csrfmiddlewaretoken";
const here = () => location.pathname + location.search;
const who = document.body.dataset.login ?? "";
// A field named "action" or "submit" hides the form's own.
const actionOf = (form) => new URL(form.getAttribute("action") ?? "", location.href).href;
const posts = (action) =>
  [...document.querySelectorAll("form[method=post]:not([role=search])")].filter((form) => actionOf(form) === action);
const sent = (field) => field.name && !field.disabled && !["password", "file", "submit", "button"].includes(field.type);
const typed = (field) => sent(field) && field.type !== "hidden";
const told = () => toast(document.body.dataset.typedBack ?? "", "warn");

document.addEventListener("submit", ({ target }) => {
  const action = actionOf(target);
  const place = posts(action).indexOf(target);
  if (place < 0 || !who) return;
  const redraw = target.dataset.redraw ?? target.querySelector("[data-redraw]")?.dataset.redraw;
  const fields = [...target.elements].filter(redraw ? sent : typed).map((field) => ({
    name: field.name,
    value: field.value,
    checked: field.checked,
    tick: isTick(field),
    chosen: field.selectedOptions ? [...field.selectedOptions].map((option) => option.value) : null,
  }));
  const enctype = target.getAttribute("enctype") ?? "";
  sessionStorage.setItem(KEPT, JSON.stringify({ page: here(), who, action, enctype, redraw, place, fields }));
});

function restore({ action, place, fields }) {
  const inputs = [...(posts(action)[place]?.elements ?? [])].filter(typed);
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

// Sends everything once more, and has it drawn, not saved.
function draw({ action, enctype, redraw, fields }) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action, enctype, hidden: true });
  const add = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  for (const { name, value, checked, tick, chosen } of fields) {
    if (chosen) for (const each of chosen) add(name, each);
    else if (name !== TOKEN && (!tick || checked)) add(name, value);
  }
  add(TOKEN, document.querySelector(`[name=${TOKEN}]`)?.value ?? "");
  const [name, value] = redraw.split("=");
  add(name, value);
  sessionStorage.setItem(DRAWN, "1");
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}

// On the way through the login it is kept; any other page means that the form arrived.
if (who) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (sessionStorage.getItem(DRAWN)) told();
  sessionStorage.removeItem(DRAWN);
  // The way ends at /login/ or, for whoever has a second factor, at /login/code/.
  const fromLogin = document.referrer && new URL(document.referrer).pathname.startsWith("/login/");
  // It leads to the page or, where the form posts elsewhere, to where it posted.
  const to = kept && new URL(kept.action);
  const isBack = kept && [kept.page, to.pathname + to.search].includes(here()) && to.origin === location.origin;
  if (fromLogin && isBack && kept.who === who) {
    let waits = true;
    const again = () => {
      if (waits && restore(kept)) {
        waits = false;
        told();
      }
    };
    if (kept.redraw) draw(kept);
    else again();
    document.addEventListener("htmx:load", again);
  }
}
