// Two parts of the log beside each other.

import { post } from "./api.js";
import { button, failed, fill, h, table } from "./dom.js";
import { count, ms, share } from "./format.js";

/** A form for two parts of the log, and what differs between them. */
export function showCompare(body, page) {
  const result = h("div", { class: "stack" });
  const sides = ["baseline", "candidate"].map((name) =>
    h(
      "fieldset",
      { class: "panel", name },
      h("legend", {}, name === "baseline" ? "Baseline" : "Compared with it"),
      h(
        "div",
        { class: "fields" },
        [
          ["session_id", "Session"],
          ["scenario", "Scenario"],
          ["operation_id", "Operation", "text", "operation-ids"],
          ["path", "Path"],
          ["time_from", "From", "datetime-local"],
          ["time_to", "To", "datetime-local"],
        ].map(([field, label, type = "text", list]) =>
          h(
            "label",
            { class: "field" },
            h("span", {}, label),
            h("input", {
              name: `${name}.${field}`,
              type,
              list,
              ...(type === "datetime-local" && { step: 1 }),
              value: given(`${name}.${field}`, type),
            }),
          ),
        ),
      ),
    ),
  );
  const form = h(
    "form",
    {
      class: "stack",
      onsubmit: (event) => {
        event.preventDefault();
        run();
      },
    },
    h("div", { class: "halves" }, sides),
    h(
      "div",
      { class: "actions" },
      h("button", { class: "primary" }, "Compare"),
      button("The hour before and this hour", hours),
    ),
  );
  fill(body, form, result);

  function given(name, type) {
    const value = page.params.get(name) ?? "";
    if (type !== "datetime-local" || !value) return value;
    const at = new Date(value);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
  }
  function hours() {
    const now = Date.now();
    const local = (time) => new Date(time - new Date(time).getTimezoneOffset() * 60000).toISOString().slice(0, 19);
    form.elements["baseline.time_from"].value = local(now - 7200000);
    form.elements["baseline.time_to"].value = local(now - 3600000);
    form.elements["candidate.time_from"].value = local(now - 3600000);
    form.elements["candidate.time_to"].value = "";
    run();
  }
  async function run() {
    const params = new URLSearchParams({ compare: "1" });
    const asked = { baseline: {}, candidate: {} };
    for (const input of form.querySelectorAll("input")) {
      const text = input.value.trim();
      if (!text) continue;
      const value = input.type === "datetime-local" ? new Date(text).toISOString() : text;
      const [side, field] = input.name.split(".");
      asked[side][field] = value;
      params.set(input.name, value);
    }
    page.go(params, { replace: true });
    try {
      showDifference(result, await post("api/logs/compare", asked));
    } catch (error) {
      if (error.name === "AbortError" || page.signal.aborted) return;
      fill(result, failed(error));
    }
  }
  if ([...page.params.keys()].some((name) => name.includes("."))) run();
}

const UNITS = {
  total_requests: count,
  error_rate: share,
  requests_per_second: (value) => (value === null ? "–" : value.toFixed(2)),
};
const WORDS = {
  total_requests: "Requests",
  error_rate: "Error rate",
  average_ms: "Mean",
  p50_ms: "Median",
  p95_ms: "p95",
  p99_ms: "p99",
  requests_per_second: "Requests per second",
};

function showDifference(place, found) {
  const form = (name) => UNITS[name] ?? ms;
  const change = (each, write) => {
    if (each.change === null) return "–";
    const sign = each.change > 0 ? "+" : each.change < 0 ? "−" : "";
    const relative = each.relative === null ? "" : ` (${sign}${Math.abs(each.relative * 100).toFixed(1)} %)`;
    return `${sign}${write(Math.abs(each.change))}${relative}`;
  };
  fill(
    place,
    h(
      "section",
      { class: "panel flush" },
      table(
        [
          { label: "", unseen: "Number", cell: (row) => WORDS[row.name] ?? row.name },
          { label: "Baseline", num: true, cell: (row) => form(row.name)(row.baseline) },
          { label: "Compared", num: true, cell: (row) => form(row.name)(row.candidate) },
          { label: "Change", num: true, cell: (row) => change(row, form(row.name)) },
        ],
        Object.entries(found.differences).map(([name, each]) => ({ name, ...each })),
        { caption: "Differences" },
      ),
    ),
    h(
      "section",
      { class: "panel flush" },
      h("div", { class: "panel-head" }, h("h2", {}, "By operation")),
      table(
        [
          { label: "Operation", class: "mono", cell: (row) => row.operation_id },
          {
            label: "Requests",
            num: true,
            cell: (row) => `${count(row.count.baseline ?? 0)} → ${count(row.count.candidate ?? 0)}`,
          },
          {
            label: "Error rate",
            num: true,
            cell: (row) => `${share(row.error_rate.baseline)} → ${share(row.error_rate.candidate)}`,
          },
          {
            label: "Mean",
            num: true,
            cell: (row) => `${ms(row.average_ms.baseline)} → ${ms(row.average_ms.candidate)}`,
          },
          { label: "Change of the mean", num: true, cell: (row) => change(row.average_ms, ms) },
        ],
        found.endpoints.slice(0, 200),
        { caption: "Differences by operation" },
      ),
    ),
  );
}
