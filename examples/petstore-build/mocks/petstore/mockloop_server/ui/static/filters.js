// Filters of the log, as form and as query. They are kept in the address, so that a view can be shared.

import { Problem, all } from "./api.js";
import { button, h, offer } from "./dom.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const SINCE = [
  ["", "Any time"],
  ["5m", "Last 5 min"],
  ["15m", "Last 15 min"],
  ["1h", "Last hour"],
  ["24h", "Last 24 h"],
  ["7d", "Last 7 days"],
];
const UNITS = { m: 60, h: 3600, d: 86400 };
const YES_NO = [
  ["", "Either"],
  ["true", "Yes"],
  ["false", "No"],
];

const MAIN = [
  { name: "q", label: "Text", placeholder: "in path, query or body", wide: true, type: "search" },
  { name: "method", label: "Method", choices: [["", "Any"], ...METHODS.map((each) => [each, each])] },
  { name: "status", label: "Status", placeholder: "4xx, 500-599" },
  { name: "operation_id", label: "Operation", list: "operation-ids" },
  { name: "path", label: "Path", placeholder: "/pets/*" },
  { name: "session_id", label: "Session" },
  { name: "since", label: "Time", choices: SINCE },
];
const MORE = [
  { name: "time_from", label: "From", type: "datetime-local" },
  { name: "time_to", label: "To", type: "datetime-local" },
  { name: "tag", label: "Tag" },
  { name: "scenario", label: "Scenario" },
  { name: "client", label: "Client address" },
  { name: "user_agent", label: "User agent" },
  { name: "correlation_id", label: "Correlation id" },
  { name: "path_regex", label: "Path (regex)" },
  { name: "min_duration_ms", label: "Took at least (ms)", type: "number" },
  { name: "max_duration_ms", label: "Took at most (ms)", type: "number" },
  { name: "has_validation_error", label: "Invalid", choices: YES_NO },
  { name: "undocumented", label: "Undocumented", choices: YES_NO },
  {
    name: "include_admin",
    label: "Admin calls too",
    choices: [
      ["", "No"],
      ["true", "Yes"],
    ],
  },
];
const NAMES = [...MAIN, ...MORE].map((each) => each.name);
// What `tailLogs` can be asked; a live view with other filters asks the search again.
const FOLLOWED = new Set([
  "method",
  "status",
  "path",
  "path_regex",
  "operation_id",
  "tag",
  "session_id",
  "scenario",
  "has_validation_error",
  "undocumented",
  "user_agent",
  "include_admin",
]);

/** When a stretch such as `15m` began, as the admin API takes it. */
export function began(since) {
  const seconds = Number.parseInt(since, 10) * (UNITS[since?.at(-1)] ?? Number.NaN);
  return Number.isFinite(seconds) ? new Date(Date.now() - seconds * 1000).toISOString() : undefined;
}

const STATUS = /^[1-5](\d\d(-[1-5]\d\d)?|xx)$/i;

/** What a filter of an address says that no search understands, as a `Problem`; else null. */
export function faultOf(params) {
  const wrong = (params.get("status") ?? "").split(/[\s,]+/).find((each) => each && !STATUS.test(each));
  if (wrong === undefined) return null;
  const known = "a status such as 404, a class such as 4xx or a range such as 500-599";
  return new Problem(422, `Status: “${wrong}” is not ${known}.`);
}

/** The query of a search for the filters in an address. */
export function queryOf(params) {
  const query = {};
  for (const name of NAMES) if (params.get(name)) query[name] = params.get(name).trim();
  if (query.status)
    query.status = query.status
      .split(/[\s,]+/)
      .filter(Boolean)
      .join(",");
  if (query.since) query.time_from = began(query.since) ?? query.time_from;
  delete query.since;
  return query;
}

/** The part of the filters that a tail can be asked for. */
export const tailOf = (query) => Object.fromEntries(Object.entries(query).filter(([name]) => FOLLOWED.has(name)));

let offered = null;

/** Offers the ids of operations where one is asked for; reads them once. */
export function offerOperations(page) {
  offered ??= all("api/operations", "operations").then((found) =>
    offer(
      "operation-ids",
      found.map((each) => [each.operation_id, `${each.method} ${each.path}`]),
    ),
  );
  offered.catch(() => (offered = null));
  return page.attempt(() => offered, document.createElement("div"));
}

/** A form with the filters; `onchange` is given those of the address anew. */
export function filterBar(params, onchange, ...actions) {
  let timer = 0;
  const read = () => {
    clearTimeout(timer);
    const next = new URLSearchParams();
    for (const { name, type } of [...MAIN, ...MORE]) {
      const value = form.elements[name].value.trim();
      if (value) next.set(name, type === "datetime-local" ? new Date(value).toISOString() : value);
    }
    if (next.toString() !== form.dataset.known) {
      form.dataset.known = next.toString();
      onchange(next);
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(read, 400);
  };
  const more = h(
    "details",
    { class: "more", open: MORE.some(({ name }) => params.get(name)) },
    h("summary", {}, "More filters"),
    h(
      "div",
      { class: "fields" },
      MORE.map((each) => field(each, params)),
    ),
  );
  const form = h(
    "form",
    {
      class: "filters",
      role: "search",
      "aria-label": "Filters",
      autocomplete: "off",
      onsubmit: (event) => {
        event.preventDefault();
        read();
      },
      oninput: soon,
      onchange: read,
    },
    h(
      "div",
      { class: "fields" },
      MAIN.map((each) => field(each, params)),
    ),
    more,
    h(
      "div",
      { class: "actions" },
      ...actions,
      button(
        "Clear filters",
        () => {
          for (const each of form.elements) if (each.name) each.value = "";
          read();
        },
        { kind: "quiet" },
      ),
    ),
  );
  const known = new URLSearchParams();
  for (const name of NAMES) if (params.get(name)) known.set(name, params.get(name));
  form.dataset.known = known.toString();
  return form;
}

function field({ name, label, placeholder, type = "text", wide, choices, list }, params) {
  let value = params.get(name) ?? "";
  if (type === "datetime-local" && value) value = local(value);
  const known = choices?.some(([each]) => each === value) ? choices : [...(choices ?? []), [value, value]];
  const input = choices
    ? h(
        "select",
        { name },
        known.map(([each, text]) => h("option", { value: each, selected: each === value }, text)),
      )
    : h("input", {
        name,
        type,
        placeholder,
        list,
        value,
        spellcheck: false,
        ...(type === "number" && { min: 0, step: "any" }),
        ...(type === "datetime-local" && { step: 1 }),
      });
  return h("label", { class: wide ? "field wide" : "field" }, h("span", {}, label), input);
}

function local(time) {
  const at = new Date(time);
  return Number.isNaN(at.getTime())
    ? ""
    : new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}
