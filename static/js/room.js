// The room's conveniences: the keyboard, the clocks, and quiet while somebody types. Everything works without them.

const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])";
const ALSO = { ArrowRight: "j", ArrowLeft: "k" };

// --- Keyboard: never while typing in a field -------------------------------------------------------------------------------
const place = (key) => [...document.querySelectorAll(`#room [data-key="${CSS.escape(key)}"]`)].find((found) => !found.disabled);

const act = (target) => {
  if (!target.matches("input[type=radio]")) {
    target.click();
    return;
  }
  target.checked = true;
  target.dispatchEvent(new Event("change", { bubbles: true }));
  if ("atOnce" in target.dataset) target.form.requestSubmit();
  else document.getElementById(target.dataset.focus)?.focus();
};

const note = () => document.querySelector('#verdict [name="note"]');

// In the capture phase: here "g" is a gap, and not the beginning of "go to".
document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest(TEXT)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key.startsWith("Arrow") && event.target.matches("input[type=radio]")) return;
    const key = ALSO[event.key] ?? event.key;
    const target = key === "o" ? note() : place(key);
    if (!target) {
      if ("gmnpo".includes(key)) event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (key === "o") target.focus();
    else act(target);
  },
  true,
);

// --- Clocks: the server says the seconds, the page counts on --------------------------------------------------------------------
const seen = new WeakMap(); // clock → [what the server said, when]
const two = (number) => String(number).padStart(2, "0");

const spelled = (seconds) => {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

const tick = () => {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const said = clock.dataset.clock;
    if (seen.get(clock)?.[0] !== said) seen.set(clock, [said, performance.now()]);
    const since = "still" in clock.dataset ? 0 : performance.now() - seen.get(clock)[1];
    const seconds = Number(said) + Math.floor(since / 1000);
    const words = spelled(seconds);
    if (clock.textContent !== words) clock.textContent = words;
    clock.parentElement.classList.toggle("room-clock--over", seconds > Number(clock.dataset.limit || Infinity));
  }
};
setInterval(tick, 1000);

// --- Nothing is taken from under somebody's hands: while a form holds unsent words, the room does not redraw itself ----------
const isDirty = (form) =>
  [...form.elements].some((field) => {
    if (field.type === "hidden") return false;
    if (field.matches("input[type=radio]")) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return "defaultValue" in field && field.value !== field.defaultValue;
  });

const isWritten = (form) => form.contains(document.activeElement) || isDirty(form);
const writes = () => [...document.querySelectorAll("form[data-verdict]")].some(isWritten);

document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.sourceElement.id === "pulse" && writes()) event.preventDefault();
});

// After one's own verdict the next step is under the finger, and not another letter in the note.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx?.response?.status !== 200 || !ctx.sourceElement.matches("#verdict form")) return;
  const next = place("j");
  if (next) next.focus({ preventScroll: true });
  else document.activeElement?.blur();
});

// A list that was opened stays open when the room redraws itself.
htmx.registerExtension("keep-open", {
  htmx_before_morph_attr: (element, detail) => !(element.tagName === "DETAILS" && detail.attrName === "open"),
});
document.addEventListener("htmx:after:swap", tick);
tick();
