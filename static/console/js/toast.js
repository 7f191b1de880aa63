// Messages: from the page, or from an answer of htmx with HX-Trigger {"toast": {"kind": "ok", "text": "…"}}.
const REST = 8000;
const area = () => document.getElementById("toasts");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toast-close]");
  if (button) button.closest("[data-toast]").remove();
});

export function toast(text, kind = "info") {
  const place = area();
  if (!place) return;
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  box.dataset.toast = "";
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet small";
  close.dataset.toastClose = "";
  close.textContent = place.dataset.closeLabel;
  box.append(document.createElement("span"), words, close);
  place.append(box);
  rest(box);
}

// Good news leaves by itself, unless one reads it. Bad news stays until it is put away, what can be undone until the next page.
function rest(box) {
  if (box.matches(".bad, .warn") || box.querySelector("a, form")) return;
  const still = () => (box.matches(":hover, :focus-within") ? rest(box) : box.remove());
  setTimeout(still, Number(box.dataset.toast) || REST);
}

document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.kind));
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, () => toast(area()?.dataset.failed ?? "", "bad"));
}
document.addEventListener("htmx:load", ({ target }) => target.matches("[data-toast]") && rest(target));
document.querySelectorAll("[data-toast]").forEach(rest);
