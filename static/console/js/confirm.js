// Asked for something grave, the server asks back who it is: in a dialog. Then what was wanted is sent again.
import { open } from "./dialog.js";

const place = () => document.getElementById("confirm-identity");
let held = null;

document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  const asks = detail.xhr.getResponseHeader("X-Confirm-Identity");
  if (!asks || place()?.contains(detail.elt)) return;
  // With its values: the pressed button is forgotten once the dialog has the focus.
  const { verb, path, formData } = detail.requestConfig;
  held = [verb, path, { source: detail.elt, values: formData }];
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== place()) return;
  const dialog = place().querySelector("dialog");
  if (dialog) open(dialog);
});
document.addEventListener("identity-confirmed", () => {
  place().querySelector("dialog")?.close();
  place().replaceChildren();
  if (held) window.htmx.ajax(...held);
  held = null;
});
