// Follows the room: a stream of server-sent events while there is one, a question every three seconds while there is none.
// Each says to the server that this screen is still there, and to the person whether the server is.

const SILENT_MS = 6000; // three heartbeats
const LOST_MS = 8000; // as long as the others take to see it
const RETRY_MS = 3000;
const RETRY_MAX_MS = 30_000;
const ANSWER_MS = 4000;

let streamAt = -Infinity; // the last sign of the stream
let serverAt = performance.now(); // the last sign of the server at all
let connection = null;
let request = null; // of the stream, sent again whenever it connects anew
let isAsking = false; // for a stream
let retryAt = 0;
let retries = 0;
let wasLost = false;
let newest = 0; // the pulse of the newest room that this screen was given

const since = (moment) => performance.now() - moment;
const element = () => document.querySelector("[data-live]");
const isLive = () => since(streamAt) < SILENT_MS;
const isStream = (target) => Boolean(target?.matches?.("[data-live]")); // the document speaks for what is gone from the page

const pulseOf = (beat) => Number(String(beat ?? "").split("-")[0]) || 0;

const heard = () => {
  streamAt = serverAt = performance.now();
  retries = 0;
  show();
};

const broke = () => {
  streamAt = -Infinity;
  retryAt = performance.now() + Math.min(RETRY_MS * 2 ** retries++, RETRY_MAX_MS);
};

// --- What the person sees: nothing while all is well -----------------------------------------------------------------------
const show = () => {
  const chip = document.getElementById("connection");
  const isLost = since(serverAt) > LOST_MS || !navigator.onLine;
  if (!chip || isLost === wasLost) return;
  wasLost = isLost;
  chip.hidden = false;
  chip.classList.toggle("connection--back", !isLost);
  chip.querySelector("[data-sentence]").textContent = isLost ? chip.dataset.lost : chip.dataset.back;
  if (!isLost) setTimeout(() => (chip.hidden = !wasLost), RETRY_MS);
};

// --- The stream ----------------------------------------------------------------------------------------------------------------
// Where it comes from another port of this machine, no header may ask for a permission first.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (isStream(ctx.sourceElement)) {
    ctx.request.mode = "cors";
    ctx.request.credentials = "include";
    ctx.request.headers = { Accept: "text/event-stream" };
    ctx.request.action += `&beat=${document.getElementById("pulse").dataset.beat}`;
    request = ctx.request;
    isAsking = true;
  } else if (ctx.sourceElement.id === "pulse" && isLive()) event.preventDefault();
  else if (isLive()) ctx.request.headers["Readiness-Live"] = "1"; // the rest of the room comes by the stream: the answer may be short
});

document.addEventListener("htmx:finally:request", ({ target }) => {
  if (isStream(target)) isAsking = false;
});

document.addEventListener("htmx:after:sse:connection", (event) => {
  connection = event.detail.connection;
  if (connection.status === 200) heard();
});
document.addEventListener("htmx:after:sse:message", (event) => {
  heard();
  newest = Math.max(newest, pulseOf(event.detail.message?.id));
});

// An answer that was on its way while the stream brought something newer has put the older room over it: ask once more.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "room") return;
  const shown = pulseOf(document.getElementById("pulse")?.dataset.beat);
  if (shown < newest) setTimeout(() => document.dispatchEvent(new Event("room:stale"))); // once this answer is done with
  newest = Math.max(newest, shown);
});
document.addEventListener("htmx:sse:error", broke);
document.addEventListener("htmx:sse:close", () => {
  connection = null;
  broke();
});

document.addEventListener("heartbeat", (event) => {
  const address = new URL(event.target.dataset.live, location.href);
  address.searchParams.set("screen", event.detail.data);
  const signal = AbortSignal.timeout(ANSWER_MS);
  fetch(address, { method: "POST", mode: "no-cors", credentials: "omit", signal }).catch(() => {});
});

// The room has come to where this screen was: from here on they go together.
const withoutItem = (address) => {
  const url = new URL(address, location.href);
  url.searchParams.delete("item");
  return String(url);
};

document.addEventListener("follow", (event) => {
  if (!isStream(event.target)) return;
  request.action = withoutItem(request.action);
  const pulse = document.getElementById("pulse");
  pulse.setAttribute("hx-get", withoutItem(pulse.getAttribute("hx-get")));
});

document.addEventListener("over", (event) => {
  if (isStream(event.target)) location.assign(new URL(event.detail.data, location.href));
});

// --- Without it ----------------------------------------------------------------------------------------------------------------
// A question that fails is no news: the chip says it. In the capture phase, before anybody makes a message of it.
document.addEventListener(
  "htmx:error",
  (event) => (isStream(event.target) || event.target.id === "pulse") && event.stopPropagation(),
  true,
);
document.addEventListener(
  "htmx:response:error",
  (event) => {
    if (!isStream(event.target)) return;
    event.stopPropagation();
    event.detail.ctx.swap = "none";
  },
  true,
);
document.addEventListener("htmx:before:response", ({ target, detail: { ctx } }) => {
  if (target.id !== "pulse" || ctx.response.status >= 500) return;
  serverAt = performance.now();
  show();
});

const look = () => {
  show();
  const live = element();
  if (!live || isLive() || performance.now() < retryAt) return;
  broke();
  if (!connection) {
    if (!isAsking) htmx.trigger(live, "connect");
    return;
  }
  // Silent, or waiting for another try: now.
  connection.reader?.cancel();
  connection.delayCanceller?.();
};
setInterval(look, 1000);
retryAt = performance.now() + RETRY_MS; // the first connection is under way

window.addEventListener("online", () => {
  retryAt = 0;
  look();
});
window.addEventListener("offline", show);
