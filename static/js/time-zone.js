// A long select becomes quick to use: a word narrows it, and the device's own zone is one click away.

const filterOptions = (search) => {
  const select = document.getElementById(search.dataset.filtersOptions);
  const words = search.value.trim().toLowerCase().replaceAll(" ", "_");
  let first = null;
  for (const option of select.options) {
    const found = option.value.toLowerCase().includes(words);
    option.hidden = !found;
    if (found) first ??= option;
  }
  for (const group of select.querySelectorAll("optgroup")) {
    group.hidden = [...group.children].every((option) => option.hidden);
  }
  if (words && first) select.value = first.value;
};

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filters-options]")) filterOptions(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-filters-options]")) event.preventDefault();
});

for (const button of document.querySelectorAll("[data-device-zone]")) {
  const select = document.getElementById(button.dataset.deviceZone);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isKnown = [...select.options].some((option) => option.value === zone);
  if (!isKnown || select.value === zone) continue;
  button.hidden = false;
  button.querySelector("span").textContent = `Use ${zone.split("/").at(-1).replaceAll("_", " ")}`;
  button.addEventListener("click", () => {
    select.value = zone;
    button.hidden = true;
  });
}
