// The room's conveniences: the keyboard, the clocks, and quiet while somebody types. Everything works without them.

const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])";
const ALSO = { ArrowRight: "j", ArrowLeft: "k", ":": "v" };

// --- Keyboard: never while typing in a field -------------------------------------------------------------------------------
const place = (key) => [...document.querySelectorAll(`#room [data-key="${CSS.escape(key)}"]`)].find((found) => !found.disabled && found.checkVisibility());

// The first of these fields that is still empty, else the last of them.
const focusOne = (ids) => {
  const fields = ids.split(" ").map((id) => document.getElementById(id));
  (fields.find((field) => !field.value) ?? fields.at(-1)).focus();
};

const act = (target) => {
  if (target.matches(TEXT)) {
    target.focus();
    return;
  }
  if (!target.matches("input[type=radio]")) {
    target.click();
    return;
  }
  target.checked = true;
  target.dispatchEvent(new Event("change", { bubbles: true }));
  if ("atOnce" in target.dataset) target.form.requestSubmit();
  else if (target.dataset.focus) focusOne(target.dataset.focus);
};

const note = () => document.querySelector('#say [name="note"]');

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
    if (key === "u" && event.repeat) return; // one press, one verdict
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

// --- Clocks and moments: the server says since when, the screen counts on and says it in its reader's own zone -----------------
const room = () => document.getElementById("room");
const ahead = Date.parse(room().dataset.now) - Date.now(); // of this computer's clock
const two = (number) => String(number).padStart(2, "0");

const spelled = (seconds) => {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

const write = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

const tick = () => {
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const { clock: ran, since, limit } = clock.dataset;
    const running = since ? (Date.now() + ahead - Date.parse(since)) / 1000 : 0;
    const seconds = Number(ran) + Math.max(0, Math.floor(running));
    write(clock, spelled(seconds));
    clock.parentElement.classList.toggle("room-clock--over", seconds > Number(limit || Infinity));
  }
  for (const moment of document.querySelectorAll("time[data-at]")) write(moment, inWords(moment));
};

const LONG = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
const SHORT = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };
const STEPS = [[60, "second"], [60, "minute"], [24, "hour"], [7, "day"], [Infinity, "week"]];
const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });

const inWords = (moment) => {
  const time = new Date(moment.dateTime);
  moment.title ||= time.toLocaleString("en-GB", { ...SHORT, timeZoneName: "short" });
  if (moment.dataset.at === "long") return time.toLocaleString("en-GB", LONG);
  if (moment.dataset.at === "time") return time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  let ago = (time - Date.now() - ahead) / 1000;
  if (Math.abs(ago) < 60) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.abs(ago) < size) return relative.format(Math.round(ago), unit);
    ago /= size;
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
const writes = () => [...document.querySelectorAll("#say form, #notes form, #park, #ask-vote form")].some(isWritten);

document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.sourceElement.id === "pulse" && writes()) event.preventDefault();
});

// After one's own verdict the next step is under the finger, and not another letter in the note.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx?.response?.status !== 200 || !ctx.sourceElement.matches("form.say")) return;
  const next = place("j");
  if (next) next.focus({ preventScroll: true });
  else document.activeElement?.blur();
});

// A part of a region comes by itself: its empty place never goes over what stands there.
htmx.registerExtension("keep-parts", {
  htmx_before_morph_node: (element, { newNode }) => !newNode.hasAttribute?.("data-slot"),
});

// What others do is said once, politely.
let shown = "";
const announce = () => {
  const title = document.querySelector(".stage:not([hidden]) .stage-title")?.textContent ?? "";
  if (shown && title !== shown) document.getElementById("announce").textContent = `Now: ${title}.`;
  shown = title;
};
document.addEventListener("htmx:after:swap", announce);
announce();

// The review is over: everybody goes to what came out.
const leave = () => {
  const way = document.querySelector("#over [data-leave]");
  if (way) location.assign(way.href);
};
document.addEventListener("htmx:after:swap", leave);

// A list that was opened stays open when the room redraws itself.
htmx.registerExtension("keep-open", {
  htmx_before_morph_attr: (element, detail) => !(element.tagName === "DETAILS" && detail.attrName === "open"),
});
document.addEventListener("htmx:after:swap", tick);
tick();
