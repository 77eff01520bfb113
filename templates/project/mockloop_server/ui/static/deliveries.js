// What webhooks and callbacks were told: a list, and each delivery with its attempts.

import { get, part, post } from "./api.js";
import { button, dialog, facts, fill, h, table } from "./dom.js";
import { act, pager } from "./forms.js";
import { ago, count, dayTime, ms, pretty } from "./format.js";
import { statusMark } from "./request-table.js";
import { codeBlock } from "./request.js";

const STATUSES = ["pending", "delivered", "failed", "refused", "cancelled"];

/** Shows deliveries in the body of a page, of which it knows where it is and how to go on. */
export function deliveries(body, page, { limit, offset, go, draw }) {
  async function showList() {
    const query = {
      webhook_id: page.params.get("webhook_id"),
      status: page.params.get("status"),
      event: page.params.get("event"),
    };
    const found = await get("api/webhooks/history", { ...query, limit, offset: offset() }, page.signal);
    const event = h("input", {
      type: "search",
      value: query.event ?? "",
      placeholder: "callback.*",
      onchange: (change) => go({ event: change.target.value.trim(), offset: null }),
    });
    fill(
      body,
      h(
        "div",
        { class: "filters" },
        h(
          "div",
          { class: "fields" },
          h(
            "label",
            { class: "field" },
            h("span", {}, "Status"),
            h(
              "select",
              { onchange: (change) => go({ status: change.target.value, offset: null }) },
              [["", "Any"], ...STATUSES.map((each) => [each, each])].map(([value, text]) =>
                h("option", { value, selected: value === (query.status ?? "") }, text),
              ),
            ),
          ),
          h("label", { class: "field" }, h("span", {}, "Event"), event),
          query.webhook_id &&
            h(
              "div",
              { class: "actions" },
              button(`Of ${query.webhook_id}`, () => go({ webhook_id: null }), {
                symbol: "close",
                label: "All webhooks",
              }),
            ),
          h(
            "div",
            { class: "actions" },
            button("Refresh", () => draw(), { symbol: "refresh" }),
          ),
        ),
      ),
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            {
              label: "When",
              class: "nowrap",
              cell: (row) =>
                h(
                  "button",
                  { type: "button", class: "link", title: dayTime(row.created_at), onclick: () => open(row) },
                  ago(row.created_at),
                ),
            },
            { label: "Event", class: "mono", cell: (row) => row.event },
            {
              label: "To",
              class: "mono",
              cell: (row) => h("span", { class: "clip", title: row.url }, `${row.method} ${row.url}`),
            },
            {
              label: "State",
              cell: (row) =>
                h(
                  "span",
                  { class: `tag flat ${row.status === "delivered" ? "on" : row.status === "pending" ? "" : "bad"}` },
                  row.status,
                ),
            },
            { label: "Attempts", num: true, cell: (row) => count(row.attempts.length) },
            {
              label: "Answer",
              cell: (row) => {
                const last = row.attempts.at(-1);
                return (
                  last &&
                  (last.status_code
                    ? statusMark(last.status_code)
                    : h("span", { class: "muted clip", title: last.error }, last.error))
                );
              },
            },
          ],
          found.history,
          { caption: "Deliveries", empty: "Nothing was sent yet.", onrow: open },
        ),
        pager(found, "deliveries", (to) => go({ offset: to })),
      ),
    );
  }

  async function open(row) {
    await page.attempt(
      async () => show(await get(`api/webhooks/history/${part(row.id)}`, {}, page.signal)),
      body,
    );
  }

  function show(found) {
    dialog(
      found.event,
      (close) => [
        facts([
          ["State", found.status],
          ["Why", found.reason],
          ["To", h("code", {}, `${found.method} ${found.url}`)],
          ["Delivery", h("code", {}, found.id)],
          ["Made", dayTime(found.created_at)],
          ["Next attempt", found.next_attempt_at && dayTime(found.next_attempt_at)],
          ["Again of", found.redelivery_of],
        ]),
        found.body && codeBlock(pretty(found.body), "Message", found.body_note),
        found.attempts.map((each, at) =>
          h(
            "details",
            { class: "described", open: at === found.attempts.length - 1 },
            h(
              "summary",
              {},
              `Attempt ${at + 1} `,
              each.status_code ? statusMark(each.status_code) : h("span", { class: "tag bad" }, "no answer"),
              h("span", { class: "muted" }, ` ${ms(each.duration_ms)}`),
            ),
            facts([
              ["At", dayTime(each.started_at)],
              ["Address", each.address],
              ["Error", each.error],
            ]),
            codeBlock(headers(each.request_headers), "Sent headers"),
            each.status_code && codeBlock(headers(each.response_headers), "Answered headers"),
            each.response_body && codeBlock(pretty(each.response_body), "Answer", each.response_body_note),
          ),
        ),
        h(
          "div",
          { class: "actions end" },
          button("Close", () => close()),
          button(
            "Send again",
            async () => {
              if (
                await act(() => post(`api/webhooks/history/${part(found.id)}/redeliver`), "It waits to be sent again.")
              ) {
                close();
                draw();
              }
            },
            { symbol: "send" },
          ),
        ),
      ],
      { wide: true },
    );
  }

  return { showList, show };
}

const headers = (found) =>
  Object.entries(found)
    .flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
    .join("\n");
