// data-dialog="id" opens that <dialog>; the same link leads to a page when scripts are off.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog) {
      event.preventDefault();
      opener.closest("details.drop")?.removeAttribute("open");
      open(dialog);
    }
    return;
  }
  const closer = event.target.closest("[data-close]");
  const box = closer?.closest("dialog, details");
  if (box) {
    event.preventDefault();
    if (box.localName === "dialog") box.close();
    else box.removeAttribute("open");
  } else if (event.target.localName === "dialog" && event.target.open) {
    outside(event);
  }
});

export function open(dialog) {
  if (dialog.open) return;
  dialog.showModal();
  if (!dialog.querySelector("[autofocus]")) dialog.querySelector(".dialog-body :is(input:not([type=hidden]), select, textarea)")?.focus();
}

// Browsers without closedby="any": a click beside the box.
function outside(event) {
  if ("closedBy" in HTMLDialogElement.prototype) return;
  const box = event.target.getBoundingClientRect();
  const within = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!within) event.target.close();
}
