// A touch on an answer is a vote; what passed opens over the list that it stands in. Without this there are buttons and pages.
{
  document.addEventListener("change", (event) => {
    if (event.target.matches("form.vote input[type=radio]")) event.target.form.requestSubmit();
  });

  const place = document.getElementById("look");

  // Who asked sees what the others see.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.matches("#ask-vote form")) document.getElementById("ballot")?.scrollIntoView({ block: "center" });
  });

  document.addEventListener("htmx:after:swap", () => {
    if (place.firstElementChild && !place.open) place.showModal();
  });
  place.addEventListener("click", (event) => {
    if (event.target === place || event.target.closest("[data-close]")) place.close();
  });
  place.addEventListener("submit", () => place.close());
  place.addEventListener("close", () => place.replaceChildren());

  // A vote that was opened is said once.
  let asked = "";
  const tell = () => {
    const question = document.querySelector("#ballot:not([hidden]) [data-open]");
    const open = question?.dataset.open ?? "";
    if (open && open !== asked) document.getElementById("announce").textContent = `A vote: ${question.textContent}`;
    asked = open;
  };
  document.addEventListener("htmx:after:swap", tell);
  tell();
}
