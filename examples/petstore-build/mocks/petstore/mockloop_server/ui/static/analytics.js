// Numbers about a part of the log, and how two parts differ.

import { get, url } from "./api.js";
import { bars, histogram, timeChart } from "./charts.js";
import { showCompare } from "./compare.js";
import { fill, h, icon, marked, panel, table } from "./dom.js";
import { faultOf, filterBar, offerOperations, queryOf } from "./filters.js";
import { bytes, count, ms, share, statusClass } from "./format.js";
import { methodMark } from "./request-table.js";

export const id = "analytics";
export const title = "Log Analytics";

export function mount(main, page) {
  const bar = h("div");
  const body = h("div", { class: "stack" });
  const view = h("div", { class: "segments", role: "group", "aria-label": "View" });
  const files = h(
    "div",
    { class: "actions" },
    ["jsonl", "csv", "har"].map((format) =>
      h(
        "a",
        { class: "button quiet", download: "", dataset: { format }, href: "#" },
        icon("download"),
        format.toUpperCase(),
      ),
    ),
  );
  main.append(h("div", { class: "head" }, h("h1", {}, title), h("span", { class: "spacer" }), view, files), bar, body);
  let chart = new AbortController();
  let sort = { by: "count", down: true };
  let turn = 0;

  function draw() {
    const comparing = page.params.has("compare");
    fill(
      view,
      h("a", { href: "#/analytics", "aria-current": comparing ? undefined : "true" }, "Numbers"),
      h("a", { href: "#/analytics?compare=1", "aria-current": comparing ? "true" : undefined }, "Compare"),
    );
    files.hidden = comparing;
    chart.abort();
    chart = new AbortController();
    page.signal.addEventListener("abort", () => chart.abort());
    if (comparing) {
      fill(bar);
      showCompare(body, page);
      return;
    }
    fill(
      bar,
      filterBar(page.params, (filters) => {
        page.go(filters, { replace: true });
        load();
      }),
    );
    load();
  }

  const load = () =>
    page.attempt(async () => {
      const mine = ++turn;
      const fault = faultOf(page.params);
      if (fault) throw fault;
      const query = queryOf(page.params);
      for (const link of files.children)
        link.href = url("api/logs/export", { ...query, format: link.dataset.format }).href;
      if (!body.children.length) fill(body, h("p", { class: "muted" }, "Reading the log…"));
      const numbers = await get("api/logs/analyze", query, page.signal);
      if (mine === turn) show(numbers);
    }, body);

  function to(changes) {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    return `#/requests?${next}`;
  }

  function show(numbers) {
    chart.abort();
    chart = new AbortController();
    page.signal.addEventListener("abort", () => chart.abort());
    const host = h("div");
    const endpoints = h("div");
    const { time_range: time, performance: speed, status_codes: statuses } = numbers;
    fill(
      body,
      h(
        "div",
        { class: "tiles" },
        tile("Requests", count(numbers.total_requests), time.earliest ? `in ${time.duration_human}` : ""),
        tile("Error rate", share(statuses.error_rate), `${count(numbers.errors.total_errors)} errors`),
        tile("Median", ms(speed.p50_ms), `mean ${ms(speed.average_ms)}`),
        tile("p95", ms(speed.p95_ms), `p99 ${ms(speed.p99_ms)}`),
        tile("Slowest", ms(speed.max_ms), `fastest ${ms(speed.min_ms)}`),
        tile(
          "Sent",
          bytes(numbers.response_sizes.total_bytes),
          `mean ${bytes(numbers.response_sizes.average_bytes ?? 0)}`,
        ),
      ),
      panel(
        "Requests over time",
        host,
        h("p", { class: "muted small" }, "Drag over the chart to look at a stretch of it."),
      ),
      h(
        "div",
        { class: "halves" },
        panel(
          "Latency, at most so many ms",
          histogram(steps(speed.histogram), { label: "Requests by how long they took" }),
        ),
        panel(
          "Statuses",
          bars(
            Object.entries(statuses.distribution)
              .slice(0, 12)
              .map(([status, number]) => [status, number, /^\d/.test(status) ? to({ status }) : undefined]),
            { label: "Requests by status", kind: (name) => statusClass(Number(name)) },
          ),
        ),
        panel(
          "Methods",
          bars(
            Object.entries(numbers.methods.distribution)
              .slice(0, 10)
              .map(([method, number]) => [method, number, to({ method })]),
            { label: "Requests by method" },
          ),
        ),
      ),
      h(
        "section",
        { class: "panel flush" },
        h(
          "div",
          { class: "panel-head" },
          h("h2", {}, "Endpoints"),
          h(
            "span",
            { class: "muted" },
            `${numbers.endpoints.coverage.called} of ${numbers.endpoints.coverage.operations} operations were called`,
          ),
        ),
        endpoints,
      ),
      h(
        "div",
        { class: "halves" },
        panel("Insights", insights(numbers.insights)),
        panel(
          "Not in the description",
          bars(
            numbers.endpoints.undocumented
              .slice(0, 10)
              .map((each) => [
                `${each.method} ${each.path}`,
                each.count,
                to({ path: each.path, undocumented: "true" }),
              ]),
            { label: "Undocumented calls" },
          ),
        ),
        panel(
          "Invalid requests",
          bars(
            numbers.validation.by_parameter
              .slice(0, 10)
              .map((each) => [
                `${each.operation_id ?? "–"} · ${each.in} ${each.name}`,
                each.count,
                each.operation_id ? to({ operation_id: each.operation_id, has_validation_error: "true" }) : undefined,
              ]),
            { label: "Faults of requests" },
          ),
        ),
        panel(
          "Programs",
          bars(Object.entries(numbers.user_agents.browser_distribution).slice(0, 10), { label: "Requests by program" }),
        ),
        panel(
          "Clients",
          bars(
            numbers.clients.most_common
              .slice(0, 10)
              .map((each) => [each.name ?? "–", each.count, each.name ? to({ client: each.name }) : undefined]),
            { label: "Requests by client" },
          ),
        ),
        panel(
          "Never called",
          numbers.endpoints.unused_operations.length === 0
            ? h("p", { class: "muted" }, "Every operation was called.")
            : h(
                "ul",
                { class: "plain" },
                numbers.endpoints.unused_operations
                  .slice(0, 20)
                  .map((each) =>
                    h(
                      "li",
                      {},
                      h("a", { href: `#/responses?operation=${encodeURIComponent(each)}` }, h("code", {}, each)),
                    ),
                  ),
                numbers.endpoints.unused_operations.length > 20 &&
                  h("li", { class: "muted" }, `and ${count(numbers.endpoints.unused_operations.length - 20)} more`),
              ),
        ),
      ),
    );
    const plot = timeChart(
      host,
      [
        { name: "Requests", fill: "accent-soft", bars: true },
        { name: "Errors", fill: "bad", bars: true },
      ],
      {
        signal: chart.signal,
        height: 200,
        onselect: (from, until) => {
          const next = new URLSearchParams(page.params);
          next.delete("since");
          next.set("time_from", new Date(from * 1000).toISOString());
          next.set("time_to", new Date(until * 1000).toISOString());
          page.go(next);
          draw();
        },
      },
    );
    const starts = time.buckets.map((each) => Date.parse(each.start) / 1000);
    plot.draw(
      starts,
      [time.buckets.map((each) => each.requests), time.buckets.map((each) => each.errors)],
      shownRange(starts, time.bucket_seconds),
    );
    showEndpoints(endpoints, numbers.endpoints.by_endpoint);
  }

  function showEndpoints(place, rows) {
    const value = (row) => row[sort.by] ?? -1;
    const sorted = rows.toSorted(
      (one, other) =>
        (sort.by === "path" ? one.path.localeCompare(other.path) : value(one) - value(other)) * (sort.down ? -1 : 1),
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
        href: (row) => to({ operation_id: row.operation_id }),
      }),
    );
  }

  offerOperations(page);
  draw();
  return draw;
}

/** All buckets, and a minute at least. */
function shownRange(starts, width) {
  if (!starts.length) return null;
  const [first, last] = [starts[0] - width, starts.at(-1) + width];
  const more = Math.max(0, 60 - (last - first)) / 2;
  return [first - more, last + more];
}

const tile = (name, value, detail) =>
  h(
    "div",
    { class: "tile" },
    h("div", { class: "tile-name" }, name),
    h("div", { class: "tile-value" }, value),
    h("div", { class: "tile-detail" }, detail),
  );

/** The steps of a histogram with names. */
export const steps = (found) =>
  found.map((each, at) => ({
    count: each.count,
    name: each.le_ms === null ? `more than ${found[at - 1]?.le_ms ?? 0} ms` : `at most ${each.le_ms} ms`,
    short: each.le_ms === null ? "more" : each.le_ms >= 1000 ? `${each.le_ms / 1000} s` : `${each.le_ms}`,
  }));

/** Operations in numbers. */
export function endpointTable(rows, { sort, href }) {
  const number = (label, name, form) => ({ label, num: true, sort: name, cell: (row) => form(row[name]) });
  return table(
    [
      {
        label: "Endpoint",
        sort: "path",
        cell: (row) =>
          h(
            "a",
            { href: href(row), class: "operation" },
            methodMark(row.method),
            " ",
            h("span", { class: "mono" }, row.path),
          ),
      },
      number("Requests", "count", count),
      number("Share", "percentage", share),
      number("Errors", "errors", count),
      number("Error rate", "error_rate", share),
      number("Mean", "average_ms", ms),
      number("p50", "p50_ms", ms),
      number("p95", "p95_ms", ms),
      number("p99", "p99_ms", ms),
      number("Max", "max_ms", ms),
    ],
    rows,
    { caption: "Endpoints", sort, empty: "No operation was called." },
  );
}

function insights(found) {
  if (!found.length) return h("p", { class: "muted" }, "Nothing remarkable.");
  return h(
    "ul",
    { class: "plain insights" },
    found.map((each) => {
      const query = each.link.split("?")[1] ?? "";
      return h(
        "li",
        { class: each.severity },
        h("strong", {}, each.title),
        h("p", { class: "muted" }, marked(each.recommendation)),
        h("a", { href: `#/requests${query ? `?${query}` : ""}` }, "Show these requests"),
      );
    }),
  );
}
