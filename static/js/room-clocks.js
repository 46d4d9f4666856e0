// Clocks and moments in the room: the server says since when, the screen counts on and says it in its reader's own zone.
const ahead = Date.parse(document.getElementById("room").dataset.now) - Date.now(); // the server, of this computer's clock

{
  const two = (number) => String(number).padStart(2, "0");

  const spelled = (seconds) => {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  };

  const timeZone = document.getElementById("room").dataset.zone; // the person's, which need not be the computer's
  const LONG = { timeZone, weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  const EXACT = { timeZone, day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  const STEPS = [[60, "second"], [60, "minute"], [24, "hour"], [7, "day"], [Infinity, "week"]];
  const relative = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });

  const ago = (time) => {
    let distance = (time - Date.now() - ahead) / 1000;
    if (Math.abs(distance) < 60) return "just now";
    for (const [size, unit] of STEPS) {
      if (Math.abs(distance) < size) return relative.format(Math.round(distance), unit);
      distance /= size;
    }
  };

  const inWords = (moment) => {
    const time = new Date(moment.dateTime);
    if (moment.dataset.at === "long") return time.toLocaleString("en-GB", LONG);
    if (moment.dataset.at === "time") return time.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
    moment.title ||= time.toLocaleString("en-GB", EXACT);
    return ago(time);
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

  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);
  tick();
}
