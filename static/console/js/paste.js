// A very long paste travels as a file: <textarea data-as-file="id of the file input">. Fields of a form have a limit, files do not.
const LONG = 500_000;

document.addEventListener(
  "submit",
  (event) => {
    for (const text of event.target.querySelectorAll("textarea[data-as-file]")) {
      const file = event.target.querySelector(`input[type="file"][name="${text.dataset.asFile}"]`);
      if (!file || file.files.length || text.value.length < LONG) continue;
      const carrier = new DataTransfer();
      carrier.items.add(new File([text.value], "pasted.txt", { type: "text/plain" }));
      file.files = carrier.files;
      text.disabled = true; // the text itself stays on the page, for the way back
    }
  },
  true,
);

window.addEventListener("pageshow", () => {
  for (const text of document.querySelectorAll("textarea[data-as-file]:disabled")) text.disabled = false;
});
