// Small conveniences on top of pages that work without them.

const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

// --- Toasts -------------------------------------------------------------------------------------------------------
const LINGER_MS = 7000;

const dismiss = (note) => note.remove();

const linger = (note) => {
  if (note.matches(".notice--success, .notice--info")) setTimeout(() => dismiss(note), LINGER_MS);
};

const toast = (sentence) => {
  const shelf = document.getElementById("flash");
  const draft = document.getElementById("toast-draft");
  if (!shelf || !draft || [...shelf.children].some((note) => note.innerText.includes(sentence))) return;
  const note = draft.content.firstElementChild.cloneNode(true);
  note.querySelector("[data-sentence]").textContent = sentence;
  shelf.append(note);
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (button) dismiss(button.closest(".notice"));
});

// --- Dialogs: <a href="…" data-dialog="id">; the link is what happens without JavaScript ----------------------------
const open = (dialog) => dialog && !dialog.open && dialog.showModal();

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.dialog));
  }
  if (event.target.closest("[data-close]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
  }
  if (event.target.matches("dialog[open]")) event.target.close(); // a click on the backdrop
});

// --- Menus: <details class="menu"> closes on a click elsewhere and on Escape -----------------------------------------
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
};

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  closeMenus();
  menu.querySelector("summary").focus();
});

// --- Forms --------------------------------------------------------------------------------------------------------
document.addEventListener("submit", (event) => event.submitter?.setAttribute("aria-busy", "true"));
window.addEventListener("pageshow", () => {
  for (const busy of document.querySelectorAll("button[aria-busy]")) busy.removeAttribute("aria-busy");
});

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-autosubmit]") || target.closest("form[data-autosubmit]")) target.form.requestSubmit();
  if (target.matches("[data-check-all]")) {
    for (const box of document.getElementsByName(target.dataset.checkAll)) box.checked = target.checked;
  }
  if (target.type === "checkbox") countChecked();
});

const countChecked = () => {
  for (const bar of document.querySelectorAll("[data-counts]")) {
    const checked = [...document.getElementsByName(bar.dataset.counts)].filter((box) => box.checked).length;
    bar.hidden = checked === 0;
    const number = bar.querySelector("[data-count]");
    if (number) number.textContent = String(checked);
  }
};

// --- Keyboard: / searches, ? shows the keys, g then a letter goes to a page -------------------------------------------
const GO_MS = 1200;
let goUntil = 0;

const followGo = (key) => {
  goUntil = 0;
  document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.timeStamp < goUntil) followGo(event.key);
  else if (event.key === "g") goUntil = event.timeStamp + GO_MS;
  else if (event.key === "?") open(document.getElementById("shortcuts"));
  else if (event.key === "/") {
    event.preventDefault();
    const boxes = [...document.querySelectorAll("main [data-search]"), ...document.querySelectorAll("[data-search]")];
    boxes.find((box) => box.checkVisibility())?.focus(); // the page's own search before the rail's
  }
});

// --- htmx ---------------------------------------------------------------------------------------------------------
const isPage = (text) => /^\s*<!doctype/i.test(text ?? "");

// With DEBUG, django-htmx switches swapping off for every 4xx; a form's own answer with its errors is one of them.
htmx.config.noSwap = htmx.config.noSwap.filter((status) => status !== "4xx");

// A page that nobody looks at asks for nothing.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.target.closest?.("[data-while-visible]")) event.preventDefault();
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail?.error?.name === "AbortError") return; // a newer request took its place
  toast("The server did not answer. Nothing was lost; try again.");
});
// A whole page is never put inside another: an error page becomes a sentence, a redirect (to sign in, say) is followed.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (!isPage(ctx.text)) return;
  ctx.swap = "none";
  const title = new DOMParser().parseFromString(ctx.text, "text/html").querySelector("h1")?.textContent.trim();
  toast(title ? `${title}. Nothing was changed.` : "That did not work. Nothing was changed.");
});
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.response.raw.redirected || !isPage(ctx.text) || ctx.select) return;
  event.preventDefault();
  location.assign(ctx.response.raw.url);
});
document.addEventListener("htmx:finally:request", () => {
  for (const busy of document.querySelectorAll("button[aria-busy]")) busy.removeAttribute("aria-busy");
});
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target;
  if (target?.id === "sheet-body") open(document.getElementById("sheet"));
  for (const note of document.querySelectorAll("#flash > .notice")) linger(note);
  countChecked();
});

for (const note of document.querySelectorAll("#flash > .notice")) linger(note);
countChecked();
