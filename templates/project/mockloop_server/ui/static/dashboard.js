// What happens now.

import { atMost, follow, get } from "./api.js";
import { timeChart } from "./charts.js";
import { facts, fill, h, marked, panel } from "./dom.js";
import { began } from "./filters.js";
import { ago, bytes, count, duration, ms, share, statusClass } from "./format.js";
import { requestTable } from "./request-table.js";
import { recall } from "./settings.js";

export const id = "dashboard";
export const title = "Dashboard";

const RANGES = [
  ["15m", "15 min"],
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["", "Everything"],
];
const NEWEST = 12;
const SOON_MS = 2000;
/** How much longer than reading them takes numbers are good enough. */
const RESTS = 10;

export function mount(main, page) {
  const tiles = h("div", { class: "tiles" });
  const chart = h("div");
  const newest = h("div");
  const steering = h("div");
  const log = h("div");
  const insights = h("div");
  const live = h("span", { class: "live", role: "status" });
  const trouble = h("div");
  const range = h("div", { class: "segments", role: "group", "aria-label": "Range" });
  const since = () => page.params.get("since") ?? "1h";

  main.append(
    h("div", { class: "head" }, h("h1", {}, title), live, h("span", { class: "spacer" }), range),
    trouble,
    tiles,
    h("div", { class: "columns" }, panel("Requests over time", chart), panel("Now in force", steering)),
    h(
      "div",
      { class: "columns" },
      h(
        "section",
        { class: "panel flush" },
        h(
          "div",
          { class: "panel-head" },
          h("h2", {}, "Newest requests"),
          h("a", { href: "#/requests" }, "All requests"),
        ),
        newest,
      ),
      h("div", { class: "stack" }, panel("Insights", insights), panel("Log", log)),
    ),
  );
  const plot = timeChart(
    chart,
    [
      { name: "Requests", fill: "accent-soft", bars: true },
      { name: "Errors", fill: "bad", bars: true },
    ],
    { signal: page.signal },
  );

  function ranges() {
    fill(
      range,
      RANGES.map(([value, text]) =>
        h("a", { href: `#/dashboard?since=${value}`, "aria-current": value === since() ? "true" : undefined }, text),
      ),
    );
  }

  // Numbers of a long log cost the server a while: they are asked for one at a time, and then rest.
  let rested = 0;
  let later = 0;
  let reading = null;
  page.signal.addEventListener("abort", () => clearTimeout(later));
  function numbers() {
    clearTimeout(later);
    const wait = rested - performance.now();
    if (reading === since() || wait > 0) {
      later = setTimeout(numbers, Math.max(wait, SOON_MS));
      return undefined;
    }
    const wanted = since();
    const from = began(wanted);
    const start = performance.now();
    reading = wanted;
    return page.attempt(async () => {
      try {
        const read = async (...parts) => {
          const query = { time_from: from, parts: parts.join() };
          const found = await get("api/logs/analyze/parts", query, page.signal);
          return wanted === since() ? found : null;
        };
        const [traffic, speed] = await Promise.all([
          read("total_requests", "time_range", "status_codes", "errors"),
          read("performance", "endpoints"),
        ]);
        if (traffic && speed) showNumbers({ ...traffic, ...speed }, from);
        const told = await read("insights");
        if (told) showInsights(insights, told.insights);
      } finally {
        if (reading === wanted) reading = null;
        rested = performance.now() + (performance.now() - start) * RESTS;
      }
    }, trouble);
  }

  function showNumbers(found, from) {
    showTiles(tiles, found, from);
    const { buckets } = found.time_range;
    plot.draw(
      buckets.map((each) => Date.parse(each.start) / 1000),
      [buckets.map((each) => each.requests), buckets.map((each) => each.errors)],
      from ? [Date.parse(from) / 1000, Date.now() / 1000] : null,
    );
  }

  // Each part is shown as soon as it is known: the numbers of a long log take longer than its newest requests.
  let turn = 0;
  function refresh() {
    const mine = ++turn;
    const load = (path, query, draw) =>
      page.attempt(async () => {
        const found = await get(path, query, page.signal);
        if (mine !== turn) return;
        fill(trouble);
        draw(found);
      }, trouble);
    return Promise.all([
      load("api/logs/search", { limit: NEWEST }, ({ logs }) =>
        fill(
          newest,
          requestTable(logs, {
            brief: true,
            onrow: (row) => {
              location.hash = `#/requests?id=${row.id}`;
            },
          }),
        ),
      ),
      load("health", {}, (health) => showLog(log, health)),
      page.attempt(async () => {
        const [{ active }, overrides] = await Promise.all([
          get("api/mock-data/scenarios/active", {}, page.signal),
          get("api/overrides", { limit: 6 }, page.signal),
        ]);
        showSteering(steering, active, overrides);
      }, trouble),
      numbers(),
    ]);
  }

  const soon = atMost(SOON_MS, refresh, page.signal);
  follow({ fields: "id" }, soon, {
    signal: page.signal,
    onstate: (state) => {
      live.textContent = state;
      live.dataset.state = state;
    },
  });
  const timer = setInterval(
    () => {
      if (!document.hidden) soon();
    },
    (Number(recall("mockloop.refresh")) || 30) * 1000,
  );
  page.signal.addEventListener("abort", () => clearInterval(timer));
  fill(
    tiles,
    ["Requests", "Error rate", "Median", "p95", "Rate", "Coverage"].map((name) => tile(name, "…", "")),
  );
  ranges();
  refresh();
  return () => {
    ranges();
    rested = 0;
    refresh();
  };
}

function tile(name, value, detail, kind = "") {
  return h(
    "div",
    { class: `tile ${kind}` },
    h("div", { class: "tile-name" }, name),
    h("div", { class: "tile-value" }, value),
    h("div", { class: "tile-detail" }, detail),
  );
}

function showTiles(tiles, numbers, from) {
  const { performance, status_codes: statuses, time_range: range } = numbers;
  const errors = numbers.errors.total_errors;
  const rate = statuses.error_rate;
  fill(
    tiles,
    tile(
      "Requests",
      count(numbers.total_requests),
      from ? "in this range" : range.earliest ? `since ${ago(range.earliest)}` : "none yet",
    ),
    tile("Error rate", share(rate), `${count(errors)} with 4xx or 5xx`, rate > 0.1 ? "bad" : ""),
    tile("Median", ms(performance.p50_ms), "half are faster"),
    tile("p95", ms(performance.p95_ms), `p99 ${ms(performance.p99_ms)}`),
    tile(
      "Rate",
      range.requests_per_second === null
        ? "–"
        : `${range.requests_per_second.toFixed(range.requests_per_second < 10 ? 2 : 0)}/s`,
      range.peak ? `at most ${count(range.peak.requests)} within ${duration(range.bucket_seconds)}` : "",
    ),
    tile(
      "Coverage",
      share(numbers.endpoints.coverage.share),
      `${numbers.endpoints.coverage.called} of ${numbers.endpoints.coverage.operations} operations`,
    ),
  );
}

function showSteering(place, active, { overrides, total_count: total }) {
  fill(
    place,
    facts([
      [
        "Scenario",
        active
          ? h("a", { href: `#/scenarios?name=${encodeURIComponent(active.scenario.name)}` }, active.scenario.name)
          : "none",
      ],
      ["Active for", active && ago(active.activated_at).replace(" ago", "")],
      ["Overrides", total ? h("a", { href: "#/responses" }, count(total)) : "none"],
    ]),
    overrides.length > 0 &&
      h(
        "ul",
        { class: "plain" },
        overrides.map((each) =>
          h(
            "li",
            {},
            h(
              "a",
              { href: `#/responses?operation=${encodeURIComponent(each.operation_id)}` },
              h("code", {}, each.operation_id),
            ),
            " ",
            each.response.status &&
              h("span", { class: `status ${statusClass(each.response.status)}` }, each.response.status),
          ),
        ),
      ),
  );
}

function showInsights(place, insights) {
  fill(
    place,
    insights.length === 0
      ? h("p", { class: "muted" }, "Nothing remarkable.")
      : h(
          "ul",
          { class: "plain insights" },
          insights
            .slice(0, 4)
            .map((each) =>
              h(
                "li",
                { class: each.severity },
                h("strong", {}, each.title),
                h("p", { class: "muted" }, marked(each.recommendation)),
              ),
            ),
        ),
  );
}

function showLog(place, { log, uptime_seconds: uptime, pid }) {
  fill(
    place,
    facts([
      ["Rows", count(log.rows)],
      ["Database", bytes(log.database_bytes)],
      ["Waiting", count(log.queue_depth)],
      ["Dropped", log.dropped ? h("strong", { class: "bad-text" }, count(log.dropped)) : "0"],
      ["Server up for", duration(uptime)],
      ["Process", String(pid)],
      ["Fault", log.error],
      ["Kept aside", log.kept_aside],
    ]),
  );
}
