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

  // What is seen first is asked for first, and what is quick is not kept waiting by what takes long.
  let frame = null;
  const load = () =>
    page.attempt(async () => {
      const mine = ++turn;
      const fault = faultOf(page.params);
      if (fault) throw fault;
      const query = queryOf(page.params);
      for (const link of files.children)
        link.href = url("api/logs/export", { ...query, format: link.dataset.format }).href;
      if (!frame || !body.contains(frame.tiles)) frame = frameIn(body);
      const read = async (show, ...parts) => {
        const found = await get("api/logs/analyze/parts", { ...query, parts: parts.join() }, page.signal);
        if (mine === turn && body.contains(frame?.tiles)) show(found);
      };
      await Promise.all([
        read(showTraffic, "total_requests", "time_range", "methods", "status_codes", "errors"),
        read(showSpeed, "performance", "endpoints"),
        read(showCallers, "response_sizes", "user_agents", "clients", "validation"),
      ]);
      await read(showInsights, "insights");
    }, body);

  function to(changes) {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes)) next.set(name, value);
    return `#/requests?${next}`;
  }

  function showTraffic({ total_requests: total, time_range: time, methods, status_codes: statuses, errors }) {
    chart.abort();
    chart = new AbortController();
    page.signal.addEventListener("abort", () => chart.abort());
    frame.tiles.children[0].replaceWith(
      tile("Requests", count(total), time.earliest ? `in ${time.duration_human}` : ""),
    );
    frame.tiles.children[1].replaceWith(
      tile("Error rate", share(statuses.error_rate), `${count(errors.total_errors)} errors`),
    );
    fill(
      frame.statuses,
      bars(
        Object.entries(statuses.distribution)
          .slice(0, 12)
          .map(([status, number]) => [status, number, /^\d/.test(status) ? to({ status }) : undefined]),
        { label: "Requests by status", kind: (name) => statusClass(Number(name)) },
      ),
    );
    fill(
      frame.methods,
      bars(
        Object.entries(methods.distribution)
          .slice(0, 10)
          .map(([method, number]) => [method, number, to({ method })]),
        { label: "Requests by method" },
      ),
    );
    fill(frame.times);
    const plot = timeChart(
      frame.times,
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
  }

  function showSpeed({ performance: speed, endpoints }) {
    frame.tiles.children[2].replaceWith(tile("Median", ms(speed.p50_ms), `mean ${ms(speed.average_ms)}`));
    frame.tiles.children[3].replaceWith(tile("p95", ms(speed.p95_ms), `p99 ${ms(speed.p99_ms)}`));
    frame.tiles.children[4].replaceWith(tile("Slowest", ms(speed.max_ms), `fastest ${ms(speed.min_ms)}`));
    fill(frame.latency, histogram(steps(speed.histogram), { label: "Requests by how long they took" }));
    const { called, operations } = endpoints.coverage;
    frame.coverage.textContent = `${called} of ${operations} operations were called`;
    showEndpoints(frame.endpoints, endpoints.by_endpoint);
    fill(
      frame.undocumented,
      bars(
        endpoints.undocumented
          .slice(0, 10)
          .map((each) => [`${each.method} ${each.path}`, each.count, to({ path: each.path, undocumented: "true" })]),
        { label: "Undocumented calls" },
      ),
    );
    fill(frame.unused, unused(endpoints.unused_operations));
  }

  function showCallers({ response_sizes: sizes, user_agents: agents, clients, validation }) {
    frame.tiles.children[5].replaceWith(
      tile("Sent", bytes(sizes.total_bytes), `mean ${bytes(sizes.average_bytes ?? 0)}`),
    );
    fill(
      frame.invalid,
      bars(
        validation.by_parameter
          .slice(0, 10)
          .map((each) => [
            `${each.operation_id ?? "–"} · ${each.in} ${each.name}`,
            each.count,
            each.operation_id ? to({ operation_id: each.operation_id, has_validation_error: "true" }) : undefined,
          ]),
        { label: "Faults of requests" },
      ),
    );
    fill(
      frame.programs,
      bars(Object.entries(agents.browser_distribution).slice(0, 10), { label: "Requests by program" }),
    );
    fill(
      frame.clients,
      bars(
        clients.most_common
          .slice(0, 10)
          .map((each) => [each.name ?? "–", each.count, each.name ? to({ client: each.name }) : undefined]),
        { label: "Requests by client" },
      ),
    );
  }

  const showInsights = ({ insights: found }) => fill(frame.insights, insights(found));

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

/** Places for what is going to be read. */
function frameIn(body) {
  const place = () => h("div", {}, h("p", { class: "muted" }, "Reading the log…"));
  const tiles = h(
    "div",
    { class: "tiles" },
    ["Requests", "Error rate", "Median", "p95", "Slowest", "Sent"].map((name) => tile(name, "…", "")),
  );
  const coverage = h("span", { class: "muted" });
  const names = ["times", "latency", "statuses", "methods", "endpoints", "insights", "undocumented", "invalid"];
  const places = Object.fromEntries([...names, "programs", "clients", "unused"].map((name) => [name, place()]));
  fill(
    body,
    tiles,
    panel(
      "Requests over time",
      places.times,
      h("p", { class: "muted small" }, "Drag over the chart to look at a stretch of it."),
    ),
    h(
      "div",
      { class: "halves" },
      panel("Latency, at most so many ms", places.latency),
      panel("Statuses", places.statuses),
      panel("Methods", places.methods),
    ),
    h(
      "section",
      { class: "panel flush" },
      h("div", { class: "panel-head" }, h("h2", {}, "Endpoints"), coverage),
      places.endpoints,
    ),
    h(
      "div",
      { class: "halves" },
      panel("Insights", places.insights),
      panel("Not in the description", places.undocumented),
      panel("Invalid requests", places.invalid),
      panel("Programs", places.programs),
      panel("Clients", places.clients),
      panel("Never called", places.unused),
    ),
  );
  return { tiles, coverage, ...places };
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

/** Operations that were not called. */
function unused(operations) {
  if (!operations.length) return h("p", { class: "muted" }, "Every operation was called.");
  return h(
    "ul",
    { class: "plain" },
    operations
      .slice(0, 20)
      .map((each) =>
        h("li", {}, h("a", { href: `#/responses?operation=${encodeURIComponent(each)}` }, h("code", {}, each))),
      ),
    operations.length > 20 && h("li", { class: "muted" }, `and ${count(operations.length - 20)} more`),
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
