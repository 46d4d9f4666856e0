// <button data-copy="id"> puts the text of that element on the clipboard, and says so.
const SAID_MS = 2000;

const select = (element) => getSelection().selectAllChildren(element); // where the clipboard is closed to us, Ctrl-C does it

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const word = button.querySelector("[data-said]");
  const before = word.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    word.textContent = "Copied";
  } catch {
    select(source);
    word.textContent = "Press Ctrl-C";
  }
  setTimeout(() => (word.textContent = before), SAID_MS);
});
