// Conveniences of the checklist pages: where one is while reading, and the line that an error speaks of.

const TOP_SHARE = 0.3; // the item that covers this height of the window is the one being read

const markWhereReading = () => {
  const line = innerHeight * TOP_SHARE;
  const links = [...document.querySelectorAll("[data-spy]")];
  const at = links.findLast((link) => document.querySelector(link.hash)?.getBoundingClientRect().top <= line) ?? links[0];
  for (const link of links) {
    if (link === at) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  keepInSight(at);
};

const keepInSight = (link) => {
  const box = link?.closest("nav");
  if (!box) return;
  const [inner, outer] = [link.getBoundingClientRect(), box.getBoundingClientRect()];
  if (inner.top < outer.top + 40) box.scrollTop += inner.top - outer.top - 40;
  else if (inner.bottom > outer.bottom - 40) box.scrollTop += inner.bottom - outer.bottom + 40;
};

let isWaiting = false;
const soon = () => {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => {
    isWaiting = false;
    markWhereReading();
  });
};

const beginAgain = () => {
  const found = document.querySelector("#reading");
  if (found.getBoundingClientRect().top < 0) found.scrollIntoView({ behavior: "instant" });
  soon();
};

if (document.querySelector("#reading")) {
  addEventListener("scroll", soon, { passive: true });
  document.addEventListener("htmx:after:swap", beginAgain);
  soon();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  const box = link && document.querySelector(link.hash);
  if (!box) return;
  event.preventDefault();
  const lines = box.value.split("\n");
  const before = lines.slice(0, link.dataset.line - 1).join("\n").length;
  const start = link.dataset.line > 1 ? before + 1 : 0;
  box.focus();
  box.setSelectionRange(start, start + (lines[link.dataset.line - 1] ?? "").length);
  box.scrollTop = (box.scrollHeight / lines.length) * (link.dataset.line - 4);
  box.scrollIntoView({ block: "center" });
});
