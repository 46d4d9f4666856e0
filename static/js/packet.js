// Paper: what is folded on the screen is opened before it is printed.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
