// A file dragged onto the field of <input type="file" data-filedrop> is chosen. Dropped beside it, it is not opened in place of the page.
const field = (event) => event.target.closest?.(".field")?.querySelector("input[type=file][data-filedrop]");
const carries = (event) => event.dataTransfer?.types.includes("Files") && document.querySelector("[data-filedrop]");
const mark = (input) => {
  for (const marked of document.querySelectorAll("[data-filedrop=over]")) if (marked !== input) marked.dataset.filedrop = "yes";
  if (input) input.dataset.filedrop = "over";
};

document.addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  const input = field(event);
  event.dataTransfer.dropEffect = input ? "copy" : "none";
  mark(input);
});

document.addEventListener("dragleave", (event) => event.relatedTarget || mark());

document.addEventListener("drop", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  const input = field(event);
  mark();
  const [file] = event.dataTransfer.files;
  if (!input || !file) return;
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.focus();
});
