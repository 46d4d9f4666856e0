// Draws the charts of the insights: <div data-chart="id"><canvas></div>, whose figures stand as JSON in the script with that id.
// Colours are read from the page's own, anew whenever the theme changes, and once more for paper.
const drawn = new Map(); // frame → chart
const DAY_MS = 24 * 60 * 60 * 1000;
const PAPER = { line: [330, 106], bar: [330, 106], bars: [330, 150] };
const LONGEST_LABEL = 38;
const LABEL_SHARE = 0.45; // of the width, beyond which a label is cut
const SIGN_PX = 7;

// A custom property says light-dark(…) until something wears it.
const probe = document.createElement("span");
probe.hidden = true;

const wear = (value, scheme) => {
  probe.style.colorScheme = scheme;
  probe.style.color = value;
  return getComputedStyle(probe).color;
};

const palette = (scheme = "") => {
  document.body.append(probe);
  const colour = (name) => wear(`var(--${name})`, scheme);
  const tones = ["good", "warn", "bad", "calm", "waived", "busy"];
  const found = { text: colour("quiet"), line: colour("line"), surface: colour("surface"), ink: colour("ink") };
  for (const tone of tones) found[tone] = colour(`${tone}-solid`);
  probe.remove();
  return found;
};

const short = (label, width) => {
  const most = Math.min(LONGEST_LABEL, Math.floor((width * LABEL_SHARE) / SIGN_PX));
  return label.length > most ? `${label.slice(0, most - 1)}…` : label;
};
const time = (day) => Date.parse(`${day}T00:00:00Z`);
const dayWords = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const monthWords = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
const LONG_MS = 200 * DAY_MS;

const points = (series, kind) => {
  if (kind !== "line") return series.values;
  return series.values.map((value, at) => ({ x: time(series.days[at]), y: value }));
};

// A value between two holes has no line that would show it.
const isLonely = (values, at) => values[at] !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;

const dataset = (series, told, colours) => {
  const colour = colours[series.tone];
  const isLine = told.kind === "line";
  return {
    label: series.label,
    data: points(series, told.kind),
    urls: series.urls,
    borderColor: isLine ? colour : colours.surface,
    backgroundColor: colour,
    borderWidth: isLine ? 2 : 1,
    borderDash: series.dashed ? [5, 5] : [],
    borderRadius: isLine ? 0 : 3,
    maxBarThickness: 28,
    pointRadius: ({ dataIndex: at }) => (isLine && isLonely(series.values, at) ? 3 : 0),
    pointHoverRadius: 4,
    pointHitRadius: 12,
    tension: 0.15,
    spanGaps: false,
  };
};

const span = (told) => {
  const days = told.series.flatMap((series) => series.days.map(time));
  const past = told.series.filter((series) => !series.dashed).flatMap((series) => series.days.map(time));
  return { min: Math.min(...days), max: told.until ? time(told.until) : Math.max(...past) };
};

const scales = (told, colours) => {
  const numbers = {
    stacked: told.kind !== "line",
    beginAtZero: true,
    grid: { color: colours.line },
    border: { display: false },
    ticks: { color: colours.text, precision: 0, maxTicksLimit: 6, callback: (value) => `${value}${told.unit}` },
    ...(told.unit === "%" ? { min: 0, max: 100 } : {}),
  };
  const names = {
    stacked: told.kind !== "line",
    grid: { display: false },
    border: { color: colours.line },
    ticks: { color: colours.text, autoSkip: told.kind !== "bars", maxRotation: 0 },
  };
  if (told.kind === "bars") {
    names.ticks.callback = function (_, at) {
      return short(told.labels[at], this.chart.width);
    };
    return { x: numbers, y: names };
  }
  if (told.kind === "line") {
    const { min, max } = span(told);
    const words = max - min > LONG_MS ? monthWords : dayWords;
    const ticks = { ...names.ticks, maxTicksLimit: 6, callback: (value) => words.format(value) };
    return { x: { ...names, type: "linear", min, max, ticks }, y: numbers };
  }
  return { x: names, y: numbers };
};

const tooltip = (told) => ({
  title: ([item]) => (told.kind === "line" ? dayWords.format(item.parsed.x) : told.labels[item.dataIndex]),
  label: (item) => `${item.dataset.label}: ${told.kind === "bars" ? item.parsed.x : item.parsed.y}${told.unit}`,
});

const follow = (event, elements, chart) => {
  const [found] = elements;
  const url = found && chart.data.datasets[found.datasetIndex].urls?.[found.index];
  if (url) location.assign(url);
};

const options = (told, colours, isPaper) => ({
  responsive: !isPaper,
  maintainAspectRatio: false,
  animation: false,
  indexAxis: told.kind === "bars" ? "y" : "x",
  interaction: { mode: told.kind === "line" ? "index" : "nearest", axis: "xy", intersect: told.kind !== "line" },
  onClick: follow,
  onHover: (event, elements, chart) => {
    const [found] = elements;
    const isLink = found && chart.data.datasets[found.datasetIndex].urls?.[found.index];
    chart.canvas.classList.toggle("is-link", Boolean(isLink));
  },
  scales: scales(told, colours),
  plugins: {
    legend: { display: told.series.length > 1, position: "bottom", align: "start", labels: { color: colours.text, boxWidth: 10, boxHeight: 10, padding: 14 } },
    tooltip: { callbacks: tooltip(told) },
  },
});

const draw = (frame, scheme = "", isPaper = false) => {
  const told = JSON.parse(document.getElementById(frame.dataset.chart).textContent);
  const colours = palette(scheme);
  drawn.get(frame)?.destroy();
  const canvas = frame.querySelector("canvas");
  if (isPaper) [canvas.width, canvas.height] = PAPER[told.kind];
  const data = { labels: told.labels, datasets: told.series.map((series) => dataset(series, told, colours)) };
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = isPaper ? 8 : 12;
  const type = told.kind === "line" ? "line" : "bar";
  const settings = options(told, colours, isPaper);
  if (isPaper) settings.devicePixelRatio = 3;
  drawn.set(frame, new Chart(canvas, { type, data, options: settings }));
};

const drawNew = () => {
  for (const frame of drawn.keys()) {
    if (frame.isConnected) continue;
    drawn.get(frame).destroy();
    drawn.delete(frame);
  }
  for (const frame of document.querySelectorAll("[data-chart]")) if (!drawn.has(frame)) draw(frame);
};

const drawAgain = () => {
  for (const frame of drawn.keys()) draw(frame);
};

new MutationObserver(drawAgain).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
document.addEventListener("htmx:after:swap", drawNew);
addEventListener("beforeprint", () => {
  for (const frame of drawn.keys()) draw(frame, "light", true);
});
addEventListener("afterprint", drawAgain);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
drawNew();
