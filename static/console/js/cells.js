// A value edited in its cell: a double click opens it, Esc closes it. The pencil and the buttons are links of htmx.
document.addEventListener("dblclick", (event) => {
  event.target.closest("td, th, dd")?.querySelector(".cell-edit")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest(".cell-form")?.querySelector("[data-cancel]").click();
});
