// data-copy="id of the field": copies it, and says so on the button.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  if (!(await copied(field))) return;
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  if (button.classList.contains("copied")) return;
  button.classList.add("copied");
  label.setAttribute("role", "status");
  label.textContent = button.dataset.copied;
  setTimeout(() => {
    label.textContent = before;
    button.classList.remove("copied");
  }, 2000);
});

async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
    return true;
  } catch {
    field.select?.();
    return document.execCommand("copy");
  }
}
