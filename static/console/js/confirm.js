// Asked by htmx for something grave, the server asks back who it is: in a dialog, while the page stays as it was typed.
// Then what was wanted is sent again.
import { open } from "./dialog.js";

const place = () => document.getElementById("confirm-identity");
let held = null;

document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const asks = detail.xhr.getResponseHeader("X-Confirm-Identity");
  if (asks && !place()?.contains(detail.elt)) held = { from: detail.elt, config: detail.requestConfig };
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== place()) return;
  const dialog = place().querySelector("dialog");
  if (dialog) open(dialog);
});
document.addEventListener("identity-confirmed", () => {
  place().querySelector("dialog")?.close();
  place().replaceChildren();
  const again = held;
  held = null;
  if (!again) return;
  // With the values of then: which button was pressed is forgotten as soon as the dialog has the focus.
  const { verb, path, formData } = again.config;
  window.htmx.ajax(verb, path, { source: again.from, values: formData });
});
