// The register of gaps. Everything works without it.
{
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
  const edited = (ctx) => {
    const entry = ctx?.sourceElement?.closest?.(".gap-entry");
    return entry && document.getElementById(entry.id);
  };
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    showReasons();
    const entry = edited(ctx);
    if (!entry) return;
    const field = entry.querySelector(".is-invalid") ?? entry.querySelector("[autofocus]");
    (field ?? entry.querySelector("[data-key=e]") ?? entry.querySelector("a"))?.focus();
  });
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest(".gap-entry form");
    if (form) form.querySelector("[data-cancel]").click();
  });
  showReasons();
}
