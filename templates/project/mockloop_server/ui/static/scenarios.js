// Scenarios: written, checked, made active, and what was changed when.

import { Problem, all, call, get, part, post, put, remove } from "./api.js";
import { button, confirm, facts, fill, h, icon, note, table } from "./dom.js";
import { editor, parse } from "./editor.js";
import { ask, formDialog, pager, act as tried } from "./forms.js";
import { ago, count, dayTime } from "./format.js";

export const id = "scenarios";
export const title = "Scenarios";

const BASE = "api/mock-data/scenarios";
const PAGE = 50;

/** What of a scenario is edited, for comparing. */
const content = ({ name, description, operations }) => JSON.stringify([name, description ?? "", operations]);

/** A scenario to begin with: an error, now and then, that the first operation is described to have. */
async function suggestion(signal) {
  const first = (await get("api/operations", { limit: 1 }, signal)).operations[0]?.operation_id;
  const described = first ? (await get(`api/operations/${part(first)}`, {}, signal)).responses : [];
  const codes = described.map((each) => Number.parseInt(each.status.replace(/XX$/i, "00"), 10)).filter(Boolean);
  const open = !first || described.some((each) => each.status === "default");
  const status = open ? 503 : Math.max(...codes);
  const rules = [{ probability: 0.1, respond: { status } }];
  return { name: "new scenario", description: "", operations: { [first ?? "*"]: rules } };
}

export function mount(main, page) {
  const list = h("div", { class: "list" });
  const detail = h("div", { class: "stack" });
  const tabs = h("div", { class: "segments", role: "group", "aria-label": "View" });
  const body = h("div");
  main.append(
    h(
      "div",
      { class: "head" },
      h("h1", {}, title),
      h("span", { class: "spacer" }),
      tabs,
      button(
        "New",
        () => {
          location.hash = "#/scenarios?new=1";
        },
        { symbol: "plus" },
      ),
      button("Import", importOne),
    ),
    body,
  );
  let known = [];
  // The editor that is shown, of which scenario, and what that held when it was loaded.
  let open = null;

  async function draw() {
    const history = page.params.has("history");
    fill(
      tabs,
      h("a", { href: "#/scenarios", "aria-current": history ? undefined : "true" }, "All"),
      h("a", { href: "#/scenarios?history=0", "aria-current": history ? "true" : undefined }, "History"),
    );
    if (history) {
      page.unsaved = null;
      await showHistory();
      return;
    }
    fill(body, h("div", { class: "split always narrow-first" }, list, detail));
    await page.attempt(async () => {
      known = await all(BASE, "scenarios", page.signal);
      showList();
      await showDetail();
    }, list);
  }

  function showList() {
    const selected = page.params.get("name");
    fill(
      list,
      table(
        [
          {
            label: "Scenario",
            cell: (row) => [
              h(
                "a",
                {
                  class: "operation",
                  href: `#/scenarios?name=${encodeURIComponent(row.name)}`,
                  "aria-current": row.name === selected ? "true" : undefined,
                },
                row.name,
              ),
              row.is_active && h("span", { class: "tag on" }, "active"),
              row.sessions.length > 0 &&
                h(
                  "span",
                  { class: "tag on" },
                  `${count(row.sessions.length)} session${row.sessions.length > 1 ? "s" : ""}`,
                ),
            ],
          },
          { label: "Kind", class: "muted", cell: (row) => (row.built_in ? "ready-made" : "stored") },
        ],
        known,
        {
          caption: "Scenarios",
          rowClass: (row) => (row.name === selected ? "selected" : ""),
          onrow: (row) => {
            location.hash = `#/scenarios?name=${encodeURIComponent(row.name)}`;
          },
        },
      ),
    );
  }

  async function showDetail() {
    if (page.params.has("new")) {
      await page.attempt(async () => edit(await suggestion(page.signal), null), detail);
      return;
    }
    const name = page.params.get("name") ?? known.find((each) => each.is_active)?.name ?? known[0]?.name;
    if (!name) {
      fill(detail);
      return;
    }
    await page.attempt(async () => edit(await get(`${BASE}/${part(name)}`, {}, page.signal), name), detail);
  }

  /** Does something, says what came of it, and shows everything anew. */
  async function act(work, said) {
    if (await tried(work, said)) await draw();
  }

  const written = (found) =>
    editor(
      { name: found.name, description: found.description ?? "", operations: found.operations },
      {
        label: "Scenario",
        readOnly: found.built_in === true,
        check: async (value) => {
          if (value === null || typeof value !== "object") return [{ message: "must be an object" }];
          try {
            return (await post(`${BASE}/validate`, value)).findings;
          } catch (error) {
            if (!(error instanceof Problem)) throw error;
            return error.violations.length ? error.violations : [{ message: error.message }];
          }
        },
      },
    );

  /** Whether a scenario is still what it was when it was loaded, or may be written over though it is not. */
  async function mayReplace(name, loaded) {
    if (name === null || content(await get(`${BASE}/${part(name)}`)) === loaded) return true;
    const text = `${name} was changed elsewhere since it was loaded here. Saving writes over those changes.`;
    return confirm("Save over other changes?", text, "Save mine");
  }

  function edit(found, name) {
    const readOnly = found.built_in === true;
    // What a person has not stored yet outlives all that is shown anew around it.
    if (!page.unsaved?.() || open?.name !== name) open = { name, loaded: content(found), pad: written(found) };
    const { pad, loaded } = open;
    page.unsaved = pad.changed;
    const save = async () => {
      const value = pad.read();
      if (value === undefined) return;
      try {
        if (!(await mayReplace(name, loaded))) return;
        const kept = name === null ? await post(BASE, value) : await put(`${BASE}/${part(name)}`, value);
        note(`${kept.name} is stored.`);
        pad.stored();
        pad.show(kept.findings ?? []);
        page.go(new URLSearchParams({ name: kept.name }), { replace: true });
        await draw();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        pad.show(error.violations.length ? error.violations : [{ message: error.message }]);
      }
    };
    const at = name === null ? null : `${BASE}/${part(name)}`;
    fill(
      detail,
      h(
        "section",
        { class: "panel" },
        h(
          "div",
          { class: "detail-head" },
          h("h2", {}, name ?? "New scenario"),
          readOnly && h("span", { class: "tag" }, "ready-made"),
          found.is_active && h("span", { class: "tag on" }, "active"),
          h("span", { class: "spacer" }),
        ),
        readOnly && h("p", { class: "muted" }, found.description),
        h(
          "div",
          { class: "actions" },
          !readOnly && button(name === null ? "Create" : "Save", save, { kind: "primary" }),
          at &&
            (found.is_active
              ? button("Deactivate", () => act(() => post(`${at}/deactivate`, {}), `${name} is not active any more.`), {
                  symbol: "pause",
                })
              : button(
                  "Activate",
                  () => act(() => post(`${at}/activate`, {}), `${name} is active for the whole server.`),
                  { symbol: "play" },
                )),
          at &&
            button("For a session…", () =>
              ask(
                "Activate for a session",
                "Session id, as requests send it in X-Session-ID",
                "",
                "Activate",
                async (session) => {
                  await post(`${at}/activate`, { session_id: session });
                  note(`${name} is active for ${session}.`);
                  draw();
                },
              ),
            ),
          at &&
            button("Duplicate", () =>
              ask("Duplicate", "Name of the copy", `${name} copy`, "Duplicate", async (copy) => {
                await post(`${at}/duplicate`, { name: copy });
                note(`${copy} is stored.`);
                location.hash = `#/scenarios?name=${encodeURIComponent(copy)}`;
              }),
            ),
          at && h("a", { class: "button quiet", href: `${at}/export`, download: "" }, icon("download"), "Export"),
          at &&
            !readOnly &&
            button(
              "Delete",
              async () => {
                if (!(await confirm("Delete the scenario", `${name} is forgotten. This cannot be undone.`, "Delete")))
                  return;
                if (!(await tried(() => remove(at), `${name} is deleted.`))) return;
                pad.stored();
                if (page.params.size) location.hash = "#/scenarios";
                else await draw();
              },
              { kind: "danger", symbol: "trash" },
            ),
        ),
        found.sessions?.length > 0 &&
          h(
            "ul",
            { class: "plain chips", "aria-label": "Sessions" },
            found.sessions.map((session) =>
              h(
                "li",
                { class: "tag on" },
                session,
                button(
                  "",
                  () =>
                    act(
                      () => post(`${at}/deactivate`, { session_id: session }),
                      `${name} is not active for ${session} any more.`,
                    ),
                  { symbol: "close", label: `Deactivate for ${session}` },
                ),
              ),
            ),
          ),
        found.updated_at && facts([["Changed", `${dayTime(found.updated_at)} (${ago(found.updated_at)})`]]),
        pad.element,
      ),
    );
  }

  function importOne() {
    return formDialog(
      "Import a scenario",
      "Import",
      [
        {
          name: "file",
          label: "File, JSON or YAML",
          type: "file",
          accept: ".json,.yaml,.yml,application/json",
          required: true,
        },
        {
          name: "conflict",
          label: "Where the name is taken",
          choices: [
            ["error", "refuse it"],
            ["replace", "replace the stored one"],
            ["rename", "give it another name"],
          ],
        },
      ],
      async ({ file, conflict }) => {
        const parsed = parse(await file.text());
        if (parsed.error) throw new Problem(0, `Line ${parsed.at}: ${parsed.error}`);
        const found = await call("POST", `${BASE}/import`, { query: { on_conflict: conflict }, body: parsed.value });
        note(`${found.name} is stored.`);
        const next = `#/scenarios?name=${encodeURIComponent(found.name)}`;
        if (location.hash === next) await draw();
        else location.hash = next;
      },
    );
  }

  async function showHistory() {
    const offset = Math.max(0, Number(page.params.get("history")) || 0);
    await page.attempt(async () => {
      const found = await get(`${BASE}/history`, { limit: PAGE, offset }, page.signal);
      fill(
        body,
        h(
          "div",
          { class: "stack" },
          h(
            "div",
            { class: "list" },
            table(
              [
                {
                  label: "When",
                  class: "nowrap",
                  cell: (row) => h("span", { title: ago(row.timestamp) }, dayTime(row.timestamp)),
                },
                { label: "What", cell: (row) => row.action },
                { label: "Of", class: "mono", cell: (row) => row.scenario ?? row.operation_id ?? "" },
                { label: "Session", class: "mono", cell: (row) => row.session_id ?? "" },
                {
                  label: "Details",
                  class: "mono",
                  cell: (row) => h("span", { class: "clip" }, row.details ? JSON.stringify(row.details) : ""),
                },
                {
                  label: "By",
                  class: "muted",
                  cell: (row) => h("span", { class: "clip", title: row.actor }, row.actor),
                },
              ],
              found.history,
              { caption: "Changes", empty: "Nothing was changed yet." },
            ),
          ),
          pager(found, "changes", (next) => {
            location.hash = `#/scenarios?history=${next}`;
          }),
        ),
      );
    }, body);
  }

  draw();
  return draw;
}
