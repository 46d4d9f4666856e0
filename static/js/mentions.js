// <textarea data-mentions="address"> offers people behind an @: arrows choose, Enter or Tab takes, Escape closes.
const WAIT_MS = 150;
const BEGUN = /(?:^|[\s(])@([\w.+-]{1,60})$/;

let box = null; // the textarea that is being helped
let list = null;
let timer = 0;

const begun = (area) => BEGUN.exec(area.value.slice(0, area.selectionStart))?.[1];

const close = () => {
  list?.remove();
  box?.removeAttribute("aria-activedescendant");
  box?.removeAttribute("aria-controls");
  list = null;
};

const choose = (option) => {
  for (const other of list.children) other.setAttribute("aria-selected", String(other === option));
  box.setAttribute("aria-activedescendant", option.id);
};

const take = (option) => {
  const end = box.selectionStart;
  box.setRangeText(`${option.dataset.handle} `, end - begun(box).length, end, "end");
  close();
  box.focus();
};

const show = (people) => {
  close();
  if (!people.length) return;
  list = document.createElement("ul");
  list.className = "mentions";
  list.id = "mentions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People to mention");
  people.forEach((person, place) => {
    const option = document.createElement("li");
    option.id = `mention-${place}`;
    option.setAttribute("role", "option");
    option.dataset.handle = person.handle;
    const address = document.createElement("span");
    address.className = "row-note";
    address.textContent = person.handle;
    option.append(person.name, address);
    list.append(option);
  });
  box.after(list);
  box.setAttribute("aria-controls", "mentions");
  choose(list.firstElementChild);
};

const ask = async () => {
  const area = box;
  const word = begun(area);
  if (!word) return close();
  const answer = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(word)}`).catch(() => null);
  if (!answer?.ok || box !== area || begun(area) !== word) return;
  show((await answer.json()).people);
};

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-mentions]")) return;
  box = event.target;
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
});

document.addEventListener("keydown", (event) => {
  if (!list || event.target !== box) return;
  const chosen = list.querySelector('[aria-selected="true"]');
  if (event.key === "ArrowDown") choose(chosen.nextElementSibling ?? list.firstElementChild);
  else if (event.key === "ArrowUp") choose(chosen.previousElementSibling ?? list.lastElementChild);
  else if (event.key === "Enter" || event.key === "Tab") take(chosen);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  const option = list && event.target.closest(".mentions > li");
  if (option) {
    event.preventDefault();
    take(option);
  } else close();
});
