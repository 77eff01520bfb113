// Webhooks: who is told, what they were told, and what there is to tell.

import { Problem, all, get, part, patch, post, remove } from "./api.js";
import { deliveries } from "./deliveries.js";
import { button, confirm, fill, h, note, offer, table } from "./dom.js";
import { act, formDialog, json, pager, views, words } from "./forms.js";
import { ago, count, dayTime, pretty } from "./format.js";

export const id = "webhooks";
export const title = "Webhooks";
export const needs = "webhooks";

const VIEWS = [
  ["hooks", "Registered"],
  ["history", "Deliveries"],
  ["events", "Events"],
];
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

  const sent = deliveries(body, page, { limit: PAGE, offset, go, draw });

  function draw() {
    fill(
      head,
      h("h1", {}, title),
      h("span", { class: "spacer" }),
      views(id, VIEWS, shown()),
      button("New webhook", () => edit(null), { symbol: "plus" }),
    );
    return page.attempt({ hooks: showHooks, history: sent.showList, events: showEvents }[shown()] ?? showHooks, body);
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
          { caption: "Webhooks", cards: true, empty: "No webhook is registered." },
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
      row?.has_secret && { name: "unsigned", label: "Remove the secret: messages are not signed", type: "checkbox" },
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
    ].filter(Boolean);
    formDialog(row ? "Edit webhook" : "New webhook", row ? "Save" : "Register", fields, async ({ unsigned, ...values }) => {
      if (unsigned) values.secret = null;
      if (row) await patch(`api/webhooks/${part(row.id)}`, { headers: {}, description: "", ...values });
      else await post("api/webhooks", values);
      note(row ? "Saved." : "Registered.");
      draw();
    });
  }

  async function test(row) {
    try {
      sent.show(await post(`api/webhooks/${part(row.id)}/test`));
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
