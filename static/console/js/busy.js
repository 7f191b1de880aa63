// A form that was sent cannot be sent twice; its button shows that it works. Validation is the server's, in our words.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => button?.setAttribute("aria-busy", "true"));
  },
);

const reset = (root) => {
  for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of root.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
};
window.addEventListener("pageshow", () => reset(document));
document.addEventListener("htmx:afterRequest", () => reset(document));

const quiet = () => document.querySelectorAll("form[method=post]").forEach((form) => (form.noValidate = true));
document.addEventListener("htmx:load", quiet);
quiet();
