// The look changes at once and is stored behind the scenes; the language needs a new page.
const form = (element) => element.closest("[data-preferences]");

document.addEventListener("change", async (event) => {
  const where = form(event.target);
  if (!where) return;
  const { name, value } = event.target;
  if (name === "language") {
    where.requestSubmit();
    return;
  }
  if (value) document.documentElement.dataset[name] = value;
  else delete document.documentElement.dataset[name];
  await fetch(where.action, { method: "POST", body: new FormData(where), redirect: "manual" });
});
