// A table wider than its frame scrolls inside it; otherwise its head sticks to the page.
const fit = (frame) => {
  frame.classList.remove("scrolls");
  frame.classList.toggle("scrolls", frame.scrollWidth > frame.clientWidth);
};
const watcher = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));
const watch = () => document.querySelectorAll(".table-frame").forEach((frame) => watcher.observe(frame));

document.addEventListener("htmx:load", watch);
watch();
