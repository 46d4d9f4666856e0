// The register of gaps, from the keyboard too. Everything works without it.
{
  const TEXT = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])";
  const GO_MS = 1200; // "g" begins "go to": the key after it is no key of ours

  // --- A date that moves later takes a reason: its field is there when it is asked for ------------------------------------
  const showReason = (part) => {
    const day = part.closest("form").querySelector("[name=due_on]");
    const isWrong = part.querySelector(".field-error");
    part.hidden = !isWrong && day.value !== "" && day.value <= part.dataset.laterThan;
  };
  const showReasons = () => document.querySelectorAll("[data-later-than]").forEach(showReason);
  document.addEventListener("input", ({ target }) => {
    const part = target.name === "due_on" && target.form?.querySelector("[data-later-than]");
    if (part) showReason(part);
  });

  // --- A row that became a form has the focus in it; one that became a row again has it where it was ------------------------
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    showReasons();
    const id = ctx?.sourceElement?.closest?.(".gap-entry")?.id;
    const entry = id && document.getElementById(id);
    if (!entry) return;
    const field = entry.querySelector(".is-invalid") ?? entry.querySelector("[autofocus]");
    (field ?? entry.querySelector("[data-key=e]") ?? entry.querySelector("a")).focus();
  });

  // --- Choosing: all on the page, and all that match ---------------------------------------------------------------------------
  const boxes = () => [...document.getElementsByName("gap")];
  const allMatch = () => document.querySelector("[data-all-match]");
  const tick = (box, isTicked) => {
    if (box.checked !== isTicked) box.click();
  };
  document.addEventListener("change", ({ target }) => {
    const all = allMatch();
    if (target === all && all.checked) for (const box of boxes()) tick(box, true);
    if (target.name === "gap" && !target.checked && all) all.checked = false;
    if (target.matches("[data-check-all]") && !target.checked && all) all.checked = false;
  });

  // --- Keys ------------------------------------------------------------------------------------------------------------------
  const entries = () => [...document.querySelectorAll(".gap-entry")];
  const current = () => document.activeElement.closest(".gap-entry");
  let last = null; // the entry that had the focus before it went elsewhere
  document.addEventListener("focusin", ({ target }) => (last = target.closest(".gap-entry")?.id ?? last));
  const here = () => current() ?? (last && document.getElementById(last));

  const step = (by) => {
    const all = entries();
    const at = all.indexOf(here());
    const next = at < 0 ? all[0] : all[at + by];
    next?.querySelector(".cell-title").focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const unfold = (key) => {
    const panel = document.querySelector(`[data-bulk="${key}"]`);
    if (!panel) return;
    const box = here()?.querySelector("[name=gap]");
    if (!boxes().some((one) => one.checked) && box) tick(box, true);
    if (!panel.checkVisibility()) return;
    for (const other of document.querySelectorAll("[data-bulk][open]")) other.open = other === panel;
    panel.open = true;
    panel.querySelector(TEXT).focus();
  };

  const click = (selector) => here()?.querySelector(selector)?.click();
  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    e: () => click("[data-key=e]"),
    x: () => click("[name=gap]"),
    a: () => unfold("a"),
    d: () => unfold("d"),
    c: () => unfold("c"),
  };
  let goUntil = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest(TEXT)) {
      if (event.key === "Escape") leave(event.target);
      return;
    }
    const isGoing = event.timeStamp < goUntil;
    goUntil = event.key === "g" && !isGoing ? event.timeStamp + GO_MS : 0;
    const act = !isGoing && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const leave = (field) => {
    const cancel = field.closest(".gap-entry form")?.querySelector("[data-cancel]");
    if (cancel) cancel.click();
    else if (!field.closest("details.menu[open]")) field.blur();
  };
  showReasons();
}
