// What comes into the room while people are in it: nothing typed is lost, nobody's focus jumps, and what others did is said once.
{
  const TEXT = "textarea, select, input:not([type=hidden], [type=radio], [type=checkbox], [type=submit], [type=button])";
  const regionOf = (element) => element?.closest?.("[data-region]") ?? null;

  // --- Whose hands are in it: a region with unsent words is not replaced -----------------------------------------------------
  const isUnsent = (field) => {
    if (field.matches("[type=hidden], button, fieldset, output, [type=submit], [type=search]")) return false;
    if (field.matches("[type=radio], [type=checkbox]")) return field.checked !== field.defaultChecked;
    if (field.matches("select")) {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.value !== field.defaultValue;
  };
  const isWriting = (form) => document.activeElement?.matches(TEXT) && form.contains(document.activeElement);
  const isHeld = (region) =>
    [...region.querySelectorAll("form")].some(
      (form) =>
        regionOf(form) === region &&
        ("unsent" in form.dataset || isWriting(form) || [...form.elements].some(isUnsent)), // `unsent`: it was refused
    );

  const behind = new Set(); // ids of regions that missed something
  let sender = null; // the region whose own form is answered: the answer may replace it

  const keeps = (region) => {
    if (region === sender || !isHeld(region)) return false;
    behind.add(region.id);
    return true;
  };

  htmx.registerExtension("keep", {
    htmx_before_morph_node: (element, { newNode }) => {
      if (newNode.hasAttribute?.("data-slot")) return false; // a part comes by itself: its empty place never goes over it
      return !(element.matches?.("[data-region]") && keeps(element));
    },
    // A list that was opened stays open.
    htmx_before_morph_attr: (element, { attrName }) => !(element.tagName === "DETAILS" && attrName === "open"),
  });

  const focused = { element: null, region: "", key: "" };

  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    sender = regionOf(ctx.sourceElement);
    for (const task of [...tasks]) {
      const region = task.target instanceof Element && task.target.matches("[data-region]") ? task.target : null;
      if (region && keeps(region)) tasks.splice(tasks.indexOf(task), 1);
    }
    focused.element = document.activeElement;
    focused.region = regionOf(document.activeElement)?.id ?? "";
    focused.key = document.activeElement?.dataset.key ?? "";
  });
  document.addEventListener("htmx:finally:swap", () => {
    sender = null;
  });

  // --- A quiet line in what was held back, and the newest once it is free ------------------------------------------------------
  const now = () => document.querySelector("[data-region][data-now-on]:not([hidden])")?.dataset.nowOn ?? "";
  const news = () => document.getElementById("news")?.textContent.trim() ?? "";

  const meanwhile = (region) => {
    const about = region.querySelector("form[data-about]")?.dataset.about;
    if (about && now() && about !== now()) return `The room is on “${now()}” now. What you write here is about “${about}”.`;
    return `${news()} What you write here is not lost.`.trim();
  };

  const line = (region) => {
    const there = region.querySelector(":scope > .meanwhile");
    if (there) return there;
    const made = document.getElementById("meanwhile-draft").content.firstElementChild.cloneNode(true);
    region.prepend(made);
    return made;
  };

  const refresh = () => {
    const address = new URL(document.getElementById("pulse").getAttribute("hx-get"), location.href);
    address.searchParams.delete("since");
    htmx.ajax("GET", String(address), { source: "#catch-up", target: "#room", swap: "outerMorph" });
  };

  document.addEventListener("room:stale", refresh);

  const catchUp = () => {
    let isFree = false;
    for (const id of [...behind]) {
      const region = document.getElementById(id);
      if (region && isHeld(region)) {
        if (region.querySelector(".conflict")) continue; // it says so already, and what to choose
        const words = line(region).querySelector("[data-words]");
        if (words.textContent !== meanwhile(region)) words.textContent = meanwhile(region);
      } else {
        behind.delete(id);
        region?.querySelector(":scope > .meanwhile")?.remove();
        isFree = true;
      }
    }
    if (isFree) refresh();
  };

  document.addEventListener("focusout", () => behind.size && setTimeout(catchUp));
  document.addEventListener("input", () => behind.size && catchUp());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-discard]");
    if (!button) return;
    const region = regionOf(button);
    for (const form of region.querySelectorAll("form")) {
      form.reset();
      delete form.dataset.unsent;
    }
    document.activeElement?.blur();
    behind.add(region.id);
    catchUp();
  });

  // --- A form that came with the stream and is sent as a plain form brings the token that htmx sends in a header ------------------
  document.addEventListener(
    "submit",
    ({ target: form }) => {
      if (form.method !== "post" || form.elements.csrfmiddlewaretoken) return;
      const token = document.createElement("input");
      const value = JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
      Object.assign(token, { type: "hidden", name: "csrfmiddlewaretoken", value });
      form.append(token);
    },
    true,
  );

  // --- What happened is said once, politely ---------------------------------------------------------------------------------------
  const place = () => document.querySelector("[data-region][data-said]:not([hidden])")?.dataset.said ?? "";
  const last = { place: place(), news: document.getElementById("news")?.dataset.number };

  const announce = () => {
    const there = place();
    const told = document.getElementById("news");
    const isNews = told && told.dataset.number !== last.news;
    const words = there !== last.place ? there : isNews ? news() : "";
    Object.assign(last, { place: there, news: told?.dataset.number });
    if (words) document.getElementById("announce").textContent = words;
  };

  // --- Focus: what had it has it; when it is gone, what came in its place ------------------------------------------------------------
  const refocus = () => {
    if (!focused.element || focused.element.isConnected || document.activeElement !== document.body) return;
    const region = document.getElementById(focused.region);
    const same = focused.key && document.querySelector(`#room [data-key="${CSS.escape(focused.key)}"]`);
    const next = [same, ...(region?.querySelectorAll("button, a[href], summary") ?? [])];
    next.find((one) => one && !one.disabled && one.checkVisibility())?.focus({ preventScroll: true });
  };

  // The review is over: everybody goes to what came out.
  const leave = () => {
    const way = document.querySelector("#over [data-leave]");
    if (way) location.assign(way.href);
  };

  // --- A new item begins at its top, unless somebody writes here; a new state of the meeting asks for this reader's own part --------
  const was = { on: now(), status: document.getElementById("state")?.dataset.status };

  const arrive = () => {
    const status = document.getElementById("state")?.dataset.status;
    const isMoved = now() !== was.on;
    const isOther = status !== was.status;
    Object.assign(was, { on: now(), status });
    if (isMoved && ![...document.querySelectorAll("[data-region]")].some(isHeld)) window.scrollTo({ top: 0, behavior: "instant" });
    if (isOther) refresh();
  };

  document.addEventListener("htmx:after:swap", () => {
    leave();
    arrive();
    refocus();
    announce();
    catchUp();
  });
}
