// Tells the room where somebody writes, only while they do; counts down to the moment when a lost facilitator can be followed; and
// says aloud, politely, what stands in `data-announce`.

{
  const SAY_SO_EVERY_MS = 3000;
  const address = document.currentScript.dataset.writing;

  // --- Writing: a field with words in it, under somebody's hands ----------------------------------------------------------------
  let written = ""; // what the room was told last
  let writtenAt = 0;

  const tell = (place) => {
    if (place === written && (!place || performance.now() - writtenAt < SAY_SO_EVERY_MS)) return;
    written = place;
    writtenAt = performance.now();
    const headers = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
    const body = new URLSearchParams({ place });
    // A sign that gets lost is not worth a word: the next one is three seconds away.
    fetch(address, { method: "POST", headers, body, keepalive: true }).catch(() => {});
  };

  const formOf = (field) => field.closest?.("form[data-writes]");

  document.addEventListener("input", ({ target }) => {
    const form = formOf(target);
    if (form) tell(form.dataset.writes);
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = formOf(target);
    if (written && form && formOf(relatedTarget ?? document.body) !== form) tell("");
  });
  document.addEventListener("submit", ({ target }) => {
    if (written && formOf(target)) tell("");
  });
  addEventListener("pagehide", () => written && tell(""));

  // --- The clock (`ahead` is of room-clocks.js) and the voice ----------------------------------------------------------------------------------------------------
  const countDown = () => {
    for (const moment of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.ceil((Date.parse(moment.dataset.until) - Date.now() - ahead) / 1000));
      moment.textContent = left === 1 ? "1 second" : `${left} seconds`;
    }
  };

  let said = null; // nothing is said aloud of what stood there when the page came
  const announce = () => {
    const words = [...document.querySelectorAll("#room [data-announce]")].map((part) => part.dataset.announce).filter(Boolean);
    said ??= new Set(words);
    const fresh = words.filter((word) => !said.has(word));
    said = new Set(words);
    if (fresh.length) document.getElementById("announce").textContent = fresh.join(" ");
  };

  setInterval(countDown, 500);
  document.addEventListener("htmx:after:swap", () => {
    countDown();
    announce();
  });
  countDown();
  announce();
}
