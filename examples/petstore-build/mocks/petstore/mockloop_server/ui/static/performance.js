// How fast answers are, and who asked in which session.

import { get } from "./api.js";
import { bars, histogram } from "./charts.js";
import { endpointTable, steps } from "./analytics.js";
import { fill, h, panel, table } from "./dom.js";
import { began } from "./filters.js";
import { pager } from "./forms.js";
import { ago, count, dayTime, duration, ms, share } from "./format.js";
import { requestTable } from "./request-table.js";

export const id = "performance";
export const title = "Performance";

const RANGES = [
  ["15m", "15 min"],
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["", "Everything"],
];
const PAGE = 25;

export function mount(main, page) {
  const range = h("div", { class: "segments", role: "group", "aria-label": "Range" });
  const speed = h("div", { class: "stack" });
  const slowest = h("div");
  const sessions = h("div");
  main.append(
    h("div", { class: "head" }, h("h1", {}, title), h("span", { class: "spacer" }), range),
    speed,
    h("section", { class: "panel flush" }, h("div", { class: "panel-head" }, h("h2", {}, "Slowest requests")), slowest),
    sessions,
  );
  let sort = { by: "p95_ms", down: true };
  const since = () => page.params.get("since") ?? "1h";
  const to = (changes) => {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes))
      if (value === "") next.delete(name);
      else next.set(name, value);
    return `#/performance${next.size ? `?${next}` : ""}`;
  };

  function draw() {
    fill(
      range,
      RANGES.map(([value, text]) =>
        h("a", { href: `#/performance?since=${value}`, "aria-current": value === since() ? "true" : undefined }, text),
      ),
    );
    const from = began(since());
    page.attempt(async () => showSpeed(await get("api/performance/summary", { time_from: from }, page.signal)), speed);
    page.attempt(async () => {
      const { logs } = await get("api/logs/search", { sort: "-duration", limit: 10, time_from: from }, page.signal);
      fill(
        slowest,
        requestTable(logs, {
          onrow: (row) => {
            location.hash = `#/requests?id=${row.id}`;
          },
        }),
      );
    }, slowest);
    showSessions();
  }

  function showSpeed({ overall_performance: all, endpoint_performance: endpoints, session_summary: summary }) {
    const classes = all.performance_distribution;
    const place = h("div");
    const tile = (name, value, detail) =>
      h(
        "div",
        { class: "tile" },
        h("div", { class: "tile-name" }, name),
        h("div", { class: "tile-value" }, value),
        h("div", { class: "tile-detail" }, detail),
      );
    fill(
      speed,
      h(
        "div",
        { class: "tiles" },
        tile("Measured", count(all.total_measured), "requests"),
        tile("Mean", ms(all.average_ms), `± ${ms(all.std_dev_ms)}`),
        tile("Median", ms(all.p50_ms), `p90 ${ms(all.p90_ms)}`),
        tile("p95", ms(all.p95_ms), `p99 ${ms(all.p99_ms)}`),
        tile("Sessions", count(summary.total_sessions), `${count(summary.active_sessions)} active`),
        tile(
          "Per session",
          summary.avg_requests_per_session === null ? "–" : summary.avg_requests_per_session.toFixed(1),
          "requests",
        ),
      ),
      h(
        "div",
        { class: "halves" },
        panel(
          "Latency, at most so many ms",
          histogram(steps(all.histogram), { label: "Requests by how long they took" }),
        ),
        panel(
          "Speed",
          bars(
            [
              ["under 100 ms", classes.fast_under_100ms],
              ["100 to 500 ms", classes.medium_100_500ms],
              ["over 500 ms", classes.slow_over_500ms],
            ],
            { label: "Requests by speed" },
          ),
        ),
      ),
      h("section", { class: "panel flush" }, h("div", { class: "panel-head" }, h("h2", {}, "Endpoints")), place),
    );
    showEndpoints(place, endpoints);
  }

  function showEndpoints(place, rows) {
    const sorted = rows.toSorted(
      (one, other) =>
        (sort.by === "path" ? one.path.localeCompare(other.path) : (one[sort.by] ?? -1) - (other[sort.by] ?? -1)) *
        (sort.down ? -1 : 1),
    );
    fill(
      place,
      endpointTable(sorted.slice(0, 200), {
        sort: {
          ...sort,
          set: (by, down) => {
            sort = { by, down };
            showEndpoints(place, rows);
          },
        },
        href: (row) => `#/requests?operation_id=${encodeURIComponent(row.operation_id)}&sort=-duration`,
      }),
    );
  }

  function showSessions() {
    const offset = Math.max(0, Number(page.params.get("offset")) || 0);
    const status = page.params.get("status") ?? "";
    return page.attempt(async () => {
      const found = await get("api/performance/sessions", { limit: PAGE, offset, status }, page.signal);
      fill(
        sessions,
        h(
          "section",
          { class: "panel flush" },
          h(
            "div",
            { class: "panel-head" },
            h("h2", {}, "Sessions"),
            h(
              "div",
              { class: "segments" },
              [
                ["", "All"],
                ["active", "Active"],
                ["ended", "Ended"],
              ].map(([value, text]) =>
                h(
                  "a",
                  { href: to({ status: value, offset: "" }), "aria-current": value === status ? "true" : undefined },
                  text,
                ),
              ),
            ),
          ),
          table(
            [
              {
                label: "Session",
                class: "mono",
                cell: (row) =>
                  h(
                    "a",
                    { href: `#/requests?session_id=${encodeURIComponent(row.session_id)}` },
                    h("span", { class: "clip" }, row.session_id),
                  ),
              },
              {
                label: "Status",
                cell: (row) => h("span", { class: row.status === "active" ? "tag on flat" : "tag flat" }, row.status),
              },
              { label: "Requests", num: true, cell: (row) => count(row.total_requests) },
              {
                label: "Errors",
                num: true,
                cell: (row) => `${count(row.errors)} (${share(row.errors / row.total_requests)})`,
              },
              { label: "Mean", num: true, cell: (row) => ms(row.avg_response_time) },
              { label: "Lasted", num: true, cell: (row) => duration(row.duration_ms / 1000) },
              { label: "Last request", cell: (row) => h("span", { title: dayTime(row.end_time) }, ago(row.end_time)) },
              { label: "Scenario", cell: (row) => row.scenario_name ?? "" },
            ],
            found.sessions,
            { caption: "Sessions", empty: "No request named a session: send X-Session-ID." },
          ),
          pager(found, "sessions", (next) => {
            location.hash = to({ offset: String(next) });
          }),
        ),
      );
    }, sessions);
  }

  draw();
  return draw;
}
