// A request that the page sends by itself, such as a poll, is no sign that somebody sits there.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!detail.triggeringEvent) detail.headers["X-Unattended"] = "1";
});
