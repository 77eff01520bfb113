// Requests in rows, as several views show them.

import { h, table } from "./dom.js";
import { bytes, clockTime, dayTime, ms, statusClass } from "./format.js";

/** The members of a request that its row shows. */
export const FIELDS =
  "id,timestamp,method,path,query_params,operation_id,status_code,process_time_ms,decided_by,response_size,session_id,test_scenario,validation_errors";

/** A status as a mark. */
export const statusMark = (status) => h("span", { class: `status ${statusClass(status)}` }, status ?? "left");

/** A method in its colour. */
export const methodMark = (method) =>
  h("span", { class: `method ${["GET", "POST", "PUT", "PATCH", "DELETE"].includes(method) ? method : ""}` }, method);

/** A query as it would be written. */
function queryText(values) {
  const pairs = Object.entries(values ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}=${each}`),
  );
  return pairs.length ? `?${pairs.join("&")}` : "";
}

function shortTime(time) {
  const [whole, fraction] = clockTime(time).split(".");
  return [whole, fraction && h("span", { class: "roomy" }, `.${fraction}`)];
}

export function requestTable(rows, { onrow, href, brief = false, selected, fresh, sort, empty } = {}) {
  const columns = [
    {
      label: "Time",
      class: "mono nowrap",
      cell: (row) =>
        h(
          "a",
          {
            href: href?.(row) ?? `#/requests?id=${row.id}`,
            class: "plain-link",
            title: dayTime(row.timestamp),
            onclick: (event) => {
              if (onrow && !event.metaKey && !event.ctrlKey) {
                event.preventDefault();
                onrow(row, event.target.closest("tr"));
              }
            },
          },
          shortTime(row.timestamp),
        ),
      sort: "id",
    },
    { label: "Status", cell: (row) => statusMark(row.status_code), sort: "status" },
    { label: "Method", cell: (row) => methodMark(row.method) },
    {
      label: "Path",
      class: "mono path",
      cell: (row) =>
        h(
          "span",
          { class: "clip", title: row.path + queryText(row.query_params) },
          row.path,
          h("span", { class: "muted" }, queryText(row.query_params)),
        ),
    },
    { label: "Took", num: true, cell: (row) => ms(row.process_time_ms), sort: "duration" },
    ...(brief
      ? []
      : [
          {
            label: "Operation",
            class: "mono wide-only",
            cell: (row) => h("span", { class: "clip" }, row.operation_id ?? "–"),
          },
          {
            label: "Decided by",
            class: "wide-only",
            cell: (row) => [
              row.decided_by ?? "–",
              row.validation_errors ? h("span", { class: "tag bad" }, "invalid") : null,
            ],
          },
          {
            label: "Session",
            class: "mono wide-only",
            cell: (row) => h("span", { class: "clip" }, row.session_id ?? ""),
          },
          {
            label: "Size",
            num: true,
            class: "wide-only",
            cell: (row) => bytes(row.response_size),
            sort: "response_size",
          },
        ]),
  ];
  return table(columns, rows, {
    caption: "Requests",
    onrow,
    sort,
    empty: empty ?? "No request yet.",
    rowClass: (row) => [row.id === selected && "selected", fresh?.has(row.id) && "fresh"].filter(Boolean).join(" "),
  });
}
