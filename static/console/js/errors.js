// After a form came back: the summary has the focus, and its links go to the field.
const first = (root) => root.querySelector?.("[data-errors]");

function focusErrors(root) {
  const box = first(root);
  if (!box) return;
  const dialog = box.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
  box.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-errors] a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
});
document.addEventListener("htmx:afterSettle", (event) => focusErrors(event.target));
focusErrors(document);
