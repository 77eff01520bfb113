// What each operation answers, and what it is told to answer instead.

import { Problem, all, get, part, put, remove } from "./api.js";
import { button, confirm, facts, fill, h, note, table } from "./dom.js";
import { editor } from "./editor.js";
import { ago, dayTime, pretty } from "./format.js";
import { methodMark, statusMark } from "./request-table.js";
import { codeBlock } from "./request.js";

export const id = "responses";
export const title = "Responses";

export function mount(main, page) {
  const list = h("div", { class: "list" });
  const detail = h("div", { class: "stack" });
  const search = h("input", {
    type: "search",
    placeholder: "Filter operations",
    "aria-label": "Filter operations",
    class: "short-search",
    oninput: () => showList(),
  });
  const clear = button("Clear all overrides", clearAll, { kind: "danger" });
  main.append(
    h("div", { class: "head" }, h("h1", {}, title), h("span", { class: "spacer" }), search, clear),
    h("div", { class: "split always narrow-first" }, list, detail),
  );
  let operations = [];
  let overrides = new Map();
  // The editor that is shown, and for which operation.
  let open = null;

  const draw = () =>
    page.attempt(async () => {
      const [first, second] = await Promise.all([
        operations.length ? operations : all("api/operations", "operations", page.signal),
        all("api/overrides", "overrides", page.signal),
      ]);
      operations = first;
      overrides = new Map(second.map((each) => [each.operation_id, each]));
      clear.disabled = overrides.size === 0;
      showList();
      await showDetail();
    }, list);

  const selected = () => page.params.get("operation") ?? operations[0]?.operation_id;
  const link = (operation) => `#/responses?operation=${encodeURIComponent(operation)}`;

  function showList() {
    const wanted = search.value.trim().toLowerCase();
    const found = operations.filter((each) =>
      `${each.method} ${each.path} ${each.operation_id} ${each.tags}`.toLowerCase().includes(wanted),
    );
    // Descriptions may have thousands of operations; a person looks for one by its name.
    fill(
      list,
      table(
        [
          {
            label: "Operation",
            cell: (row) =>
              h(
                "a",
                {
                  href: link(row.operation_id),
                  class: "operation",
                  "aria-current": row.operation_id === selected() ? "true" : undefined,
                },
                methodMark(row.method),
                " ",
                h("span", { class: "mono" }, row.path),
              ),
          },
          {
            label: "Override",
            cell: (row) => {
              const set = overrides.get(row.operation_id);
              return set && h("span", { class: "tag on" }, set.response.status ?? "set");
            },
          },
        ],
        found.slice(0, 300),
        {
          caption: "Operations",
          empty: "No operation fits.",
          rowClass: (row) => (row.operation_id === selected() ? "selected" : ""),
          onrow: (row) => {
            location.hash = link(row.operation_id);
          },
        },
      ),
      found.length > 300 && h("p", { class: "muted pad" }, `${found.length - 300} more; filter to see them.`),
    );
  }

  async function showDetail() {
    const operation = selected();
    if (!operation) {
      fill(detail);
      return;
    }
    await page.attempt(
      async () => show(await get(`api/operations/${part(operation)}`, {}, page.signal), overrides.get(operation)),
      detail,
    );
  }

  function show(found, override) {
    // What a person has not stored yet outlives all that is shown anew around it.
    if (!page.unsaved?.() || open?.operation !== found.operation_id) {
      const start = override?.response ?? suggestion(found);
      open = { operation: found.operation_id, pad: editor(start, { label: "Override" }) };
    }
    const { pad } = open;
    page.unsaved = pad.changed;
    const set = async () => {
      const value = pad.read();
      if (value === undefined) return;
      try {
        const kept = await put(`api/overrides/${part(found.operation_id)}`, value);
        note(`${found.operation_id} answers what was set.`);
        pad.stored();
        await draw();
        open.pad.show(kept.findings ?? []);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        pad.show(error.violations.length ? error.violations : [{ message: error.message }]);
      }
    };
    const unset = async () => {
      try {
        await remove(`api/overrides/${part(found.operation_id)}`);
        note(`${found.operation_id} answers by itself again.`);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        note(error.message, "error");
      }
      await draw();
    };
    fill(
      detail,
      h(
        "section",
        { class: "panel" },
        h(
          "div",
          { class: "detail-head" },
          h("h2", {}, methodMark(found.method), " ", h("span", { class: "mono" }, found.path)),
        ),
        found.summary && h("p", {}, found.summary),
        facts([
          ["Operation", h("code", {}, found.operation_id)],
          ["Tags", found.tags.join(", ")],
          [
            "Parameters",
            found.parameters.map((each) => `${each.name} (${each.in}${each.required ? ", required" : ""})`).join(", "),
          ],
          [
            "Body",
            found.request_body &&
              `${found.request_body.media_types.join(", ")}${found.request_body.required ? ", required" : ""}`,
          ],
          ["Credentials", found.is_secured && "needed"],
          [
            "Log",
            h("a", { href: `#/requests?operation_id=${encodeURIComponent(found.operation_id)}` }, "its requests"),
          ],
        ]),
      ),
      h(
        "section",
        { class: "panel" },
        h(
          "div",
          { class: "detail-head" },
          h("h2", {}, "Override"),
          override ? h("span", { class: "tag on" }, "in force") : h("span", { class: "tag" }, "none"),
          h("span", { class: "spacer" }),
          override &&
            h("span", { class: "muted small", title: dayTime(override.updated_at) }, `set ${ago(override.updated_at)}`),
        ),
        h(
          "p",
          { class: "muted" },
          "What the operation answers in place of its own response: ",
          h("code", {}, "status"),
          ", ",
          h("code", {}, "headers"),
          ", one of ",
          h("code", {}, "body"),
          ", ",
          h("code", {}, "text"),
          ", ",
          h("code", {}, "example"),
          ", and ",
          h("code", {}, "delay"),
          " in milliseconds. It is checked against the description.",
        ),
        pad.element,
        h(
          "div",
          { class: "actions end" },
          override && button("Clear", unset, { kind: "danger" }),
          button(override ? "Replace" : "Set response", set, { kind: "primary" }),
        ),
      ),
      h(
        "section",
        { class: "panel" },
        h("h2", {}, "Described responses"),
        found.responses.map((response) => described(response, pad)),
      ),
    );
  }

  function described(response, pad) {
    const code = /^\d+$/.test(response.status)
      ? Number(response.status)
      : Number.parseInt(response.status, 10) * 100 || 500;
    const use = (value) => {
      pad.set(value);
      pad.area.focus();
    };
    return h(
      "details",
      { class: "described", open: response.is_default },
      h(
        "summary",
        {},
        statusMark(response.status === "default" ? "default" : response.status),
        " ",
        response.is_default && h("span", { class: "tag on" }, "the mock's own answer"),
        h(
          "span",
          { class: "muted" },
          ` ${response.bodies.length || "no"} ${response.bodies.length === 1 ? "body" : "bodies"}`,
        ),
      ),
      Object.keys(response.headers).length > 0 &&
        facts(Object.entries(response.headers).map(([name, value]) => [name, h("code", {}, value)])),
      response.bodies.length === 0 &&
        h(
          "div",
          { class: "actions" },
          button("Use", () => use({ status: code })),
        ),
      response.bodies.map((body) =>
        h(
          "div",
          {},
          codeBlock(
            body.text === undefined ? body.base64 : pretty(body.text),
            `${body.name ?? (body.origin === "example" ? "Example" : "Made from the schema")} · ${body.media_type}`,
            body.is_valid ? null : "misses its schema",
          ),
          h(
            "div",
            { class: "actions" },
            body.name && button("Use this example", () => use({ status: code, example: body.name })),
            button("Edit a copy", () => use(copyOf(code, body))),
          ),
        ),
      ),
    );
  }

  async function clearAll() {
    if (!(await confirm("Clear all overrides", "All operations answer by themselves again.", "Clear all"))) return;
    await page.attempt(async () => {
      const { cleared } = await remove("api/overrides");
      note(`${cleared} override${cleared === 1 ? "" : "s"} cleared.`);
      await draw();
    }, list);
  }

  draw();
  return draw;
}

function suggestion(found) {
  const own = found.responses.find((each) => each.is_default) ?? found.responses[0];
  const status = Number.parseInt(own?.status, 10) >= 100 ? Number(own.status) : 200;
  return own?.bodies[0] ? copyOf(status, own.bodies[0]) : { status };
}

function copyOf(status, body) {
  if (body.base64 !== undefined) return { status, base64: body.base64, content_type: body.media_type };
  if (/json/i.test(body.media_type)) {
    try {
      return { status, body: JSON.parse(body.text) };
    } catch {
      // An example may be no JSON after all.
    }
  }
  return { status, text: body.text, content_type: body.media_type };
}
