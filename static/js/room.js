// The room from the keyboard. What a key does is written at its button: data-key="j". Everything works without it.
{
  const TEXT =
    "textarea, select, [contenteditable], input:not([type=hidden], [type=radio], [type=checkbox], [type=submit], [type=button])";
  const ALSO = { ArrowRight: "j", ArrowLeft: "k", ":": "v" };
  const OURS = "gmnpo"; // on a page outside the room "g" begins "go to"

  // Big screen: nothing is written there, but who leads brings the room on.
  const isThere = (found) => !found.disabled && (found.checkVisibility() || found.matches(".word-input, .screen-big [data-key]"));
  const place = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(isThere);

  const act = (target) => {
    if (target.matches("input[type=radio]")) choose(target);
    else if (target.matches(TEXT)) target.focus();
    else if (target.matches("details > summary")) unfold(target.parentElement);
    else target.click(); // a label leads to its field
  };

  const choose = (radio) => {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    if ("atOnce" in radio.dataset) radio.form.requestSubmit();
    else if (radio.dataset.focus) focusOne(radio.dataset.focus);
  };

  // The first of these fields that is still empty, else the last of them.
  const focusOne = (ids) => {
    const fields = ids.split(" ").map((id) => document.getElementById(id));
    (fields.find((field) => !field.value) ?? fields.at(-1)).focus();
  };

  const unfold = (details) => {
    details.open = true;
    (details.querySelector(TEXT) ?? details.querySelector("summary")).focus();
  };

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
      const target = place(key);
      if (target || OURS.includes(key)) event.stopPropagation();
      if (!target) return;
      event.preventDefault();
      act(target);
    },
    true,
  );

  // What was recorded is under way: the next key is a step again, and not another letter in the plan. A refusal gives the field back.
  const VERDICT = "form.say, form.say-line";
  let left = null;
  document.addEventListener("submit", ({ target }) => {
    if (!target.matches(VERDICT) || !target.contains(document.activeElement)) return;
    left = document.activeElement.id;
    document.activeElement.blur();
  });
  const giveBack = () => {
    if (left && document.activeElement === document.body) document.getElementById(left)?.focus({ preventScroll: true });
    left = null;
  };
  document.addEventListener("htmx:error", ({ target }) => target.matches?.(VERDICT) && giveBack());

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (!ctx?.sourceElement.matches(VERDICT)) return;
    if (ctx.response?.status !== 200) return giveBack();
    left = null;
    if (document.activeElement !== document.body) return;
    place("j")?.focus({ preventScroll: true });
  });

  // On a telephone the agenda closes behind whoever chose from it.
  document.addEventListener("click", (event) => {
    if (event.target.closest("#agenda .agenda-entry, #agenda .agenda-end") && location.hash === "#side") location.hash = "content";
  });

  // --- Jump to an item: the agenda shows what fits, Enter goes to the first ------------------------------------------------------
  const jump = document.getElementById("jump");
  const entries = () => [...document.querySelectorAll("#agenda .agenda-entry, #agenda .agenda-end")];
  const fits = (entry) => entry.textContent.toLowerCase().includes(jump.value.trim().toLowerCase());
  const narrow = () => {
    for (const entry of entries()) entry.closest("li, #to-decide").toggleAttribute("data-off", !fits(entry));
  };
  jump?.addEventListener("input", narrow);
  document.addEventListener("htmx:after:swap", () => jump?.value && narrow());
  jump?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    const first = event.key === "Enter" && jump.value.trim() && entries().find(fits);
    jump.value = "";
    narrow();
    if (first) {
      jump.blur();
      first.click();
    }
  });
}
