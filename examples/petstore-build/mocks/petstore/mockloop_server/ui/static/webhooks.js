// Webhooks: who is told, what they were told, and what there is to tell.

import { Problem, all, get, part, patch, post, remove } from "./api.js";
import { button, confirm, dialog, facts, fill, h, note, offer, table } from "./dom.js";
import { act, formDialog, json, pager, views, words } from "./forms.js";
import { ago, count, dayTime, ms, pretty } from "./format.js";
import { statusMark } from "./request-table.js";
import { codeBlock } from "./request.js";

export const id = "webhooks";
export const title = "Webhooks";
export const needs = "webhooks";

const VIEWS = [
  ["hooks", "Registered"],
  ["history", "Deliveries"],
  ["events", "Events"],
];
const STATUSES = ["pending", "delivered", "failed", "refused", "cancelled"];
const PAGE = 50;

export function mount(main, page) {
  const head = h("div", { class: "head" });
  const body = h("div", { class: "stack" });
  main.append(head, body);
  const shown = () => page.params.get("view") ?? "hooks";
  const offset = () => Math.max(0, Number(page.params.get("offset")) || 0);
  const go = (changes) => {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes))
      if (value) next.set(name, value);
      else next.delete(name);
    page.go(next);
    draw();
  };

  function draw() {
    fill(
      head,
      h("h1", {}, title),
      h("span", { class: "spacer" }),
      views(id, VIEWS, shown()),
      button("New webhook", () => edit(null), { symbol: "plus" }),
    );
    return page.attempt({ hooks: showHooks, history: showHistory, events: showEvents }[shown()] ?? showHooks, body);
  }

  async function showHooks() {
    const [found, queue] = await Promise.all([
      get("api/webhooks", { limit: PAGE, offset: offset() }, page.signal),
      get("api/webhooks/queue", {}, page.signal),
    ]);
    fill(
      body,
      queue.error && h("p", { class: "panel error-panel" }, queue.error),
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            {
              label: "URL",
              class: "mono",
              cell: (row) => [
                h("span", { class: "clip", title: row.url }, row.url),
                row.description && h("div", { class: "muted small sans" }, row.description),
              ],
            },
            { label: "Events", class: "mono", cell: (row) => row.events.join(", ") },
            {
              label: "State",
              cell: (row) => [
                h("span", { class: row.active ? "tag on flat" : "tag flat" }, row.active ? "active" : "paused"),
                row.has_secret && h("span", { class: "tag" }, "signed"),
              ],
            },
            { label: "Since", cell: (row) => h("span", { title: dayTime(row.created_at) }, ago(row.created_at)) },
            {
              label: "",
              class: "nowrap",
              cell: (row) =>
                h(
                  "div",
                  { class: "actions" },
                  button("Test", () => test(row)),
                  button("Edit", () => edit(row)),
                  button(row.active ? "Pause" : "Resume", async () => {
                    await act(
                      () => patch(`api/webhooks/${part(row.id)}`, { active: !row.active }),
                      row.active ? "Paused." : "Active again.",
                    );
                    draw();
                  }),
                  h(
                    "a",
                    { class: "button quiet", href: `#/webhooks?view=history&webhook_id=${encodeURIComponent(row.id)}` },
                    "Deliveries",
                  ),
                  button("", () => drop(row), { symbol: "trash", label: `Delete ${row.url}` }),
                ),
            },
          ],
          found.webhooks,
          { caption: "Webhooks", empty: "No webhook is registered." },
        ),
        pager(found, "webhooks", (to) => go({ offset: to })),
      ),
      h(
        "p",
        { class: "muted" },
        `${count(queue.pending)} messages wait to be sent, ${count(queue.dropped)} found no room.`,
      ),
    );
  }

  async function edit(row) {
    await page.attempt(async () => {
      const events = await all("api/webhooks/events", "events", page.signal);
      offer(
        "webhook-events",
        events.map((each) => [each.event, each.summary ?? ""]),
      );
    }, body);
    const fields = [
      { name: "url", label: "URL", type: "url", value: row?.url ?? "", required: true },
      {
        name: "events",
        label: "Events",
        hint: "names, * for all, or callback.*",
        value: row?.events.join(", ") ?? "request.received",
        required: true,
        read: words,
        list: "webhook-events",
      },
      {
        name: "secret",
        label: "Secret",
        hint: row?.has_secret ? "empty: stays as it is" : "signs what is sent",
        type: "password",
      },
      {
        name: "headers",
        label: "Headers",
        hint: "JSON object",
        rows: 3,
        value: row && Object.keys(row.headers).length ? JSON.stringify(row.headers, null, 2) : "",
        read: json,
      },
      { name: "description", label: "Description", value: row?.description ?? "" },
      { name: "active", label: "Active", type: "checkbox", value: row?.active ?? true },
    ];
    formDialog(row ? "Edit webhook" : "New webhook", row ? "Save" : "Register", fields, async (values) => {
      if (row) await patch(`api/webhooks/${part(row.id)}`, { headers: {}, description: "", ...values });
      else await post("api/webhooks", values);
      note(row ? "Saved." : "Registered.");
      draw();
    });
  }

  async function test(row) {
    try {
      showDelivery(await post(`api/webhooks/${part(row.id)}/test`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      note(error.message, "error");
    }
  }

  async function drop(row) {
    if (
      !(await confirm(
        "Delete the webhook",
        `${row.url} is told nothing any more. Its deliveries stay in the history.`,
        "Delete",
      ))
    )
      return;
    await act(() => remove(`api/webhooks/${part(row.id)}`), "Deleted.");
    draw();
  }

  async function showHistory() {
    const query = {
      webhook_id: page.params.get("webhook_id"),
      status: page.params.get("status"),
      event: page.params.get("event"),
    };
    const found = await get("api/webhooks/history", { ...query, limit: PAGE, offset: offset() }, page.signal);
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
      async () => showDelivery(await get(`api/webhooks/history/${part(row.id)}`, {}, page.signal)),
      body,
    );
  }

  function showDelivery(found) {
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

  async function showEvents() {
    const found = await get("api/webhooks/events", { limit: PAGE, offset: offset() }, page.signal);
    fill(
      body,
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            {
              label: "Event",
              class: "mono",
              cell: (row) => [row.event, row.summary && h("div", { class: "muted small sans" }, row.summary)],
            },
            {
              label: "Of",
              cell: (row) =>
                ({ server: "the server", callback: "a callback", webhook: "a webhook of the description" })[row.kind],
            },
            { label: "Declared by", class: "mono", cell: (row) => row.operation_id ?? "" },
            { label: "Goes to", class: "mono", cell: (row) => row.expression ?? "registered webhooks" },
            {
              label: "",
              cell: (row) => row.kind !== "server" && button("Send…", () => trigger(row), { symbol: "send" }),
            },
          ],
          found.events,
          { caption: "Events" },
        ),
        pager(found, "events", (to) => go({ offset: to })),
      ),
    );
  }

  function trigger(row) {
    formDialog(
      `Send ${row.event}`,
      "Send",
      [
        {
          name: "url",
          label: "To",
          hint: row.kind === "webhook" ? "empty: all webhooks registered for it" : "empty: where its expression leads",
          type: "url",
        },
        { name: "values", label: "Values of runtime expressions", hint: "JSON object", rows: 2, read: json },
        { name: "body", label: "Body", hint: "JSON", rows: 8, value: row.sample ? pretty(row.sample) : "", read: json },
      ],
      async (values) => {
        const { deliveries } = await post("api/webhooks/trigger", {
          name: row.event,
          method: row.method,
          ...(row.operation_id && { operation_id: row.operation_id }),
          ...values,
        });
        note(`${count(deliveries.length)} messages wait to be sent.`);
        location.hash = "#/webhooks?view=history";
      },
      { wide: true },
    );
  }

  draw();
  return draw;
}

const headers = (found) =>
  Object.entries(found)
    .flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
    .join("\n");
