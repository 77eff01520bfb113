// Collections of JSON documents: looked through, written, seeded, kept and restored.

import { Problem, all, get, part, post, remove } from "./api.js";
import { brief, editDocument, seedCollection } from "./documents.js";
import { button, confirm, facts, fill, h, note, panel, table } from "./dom.js";
import { act, ask, formDialog, pager } from "./forms.js";
import { ago, bytes, count, dayTime } from "./format.js";

export const id = "storage";
export const title = "Storage";
export const needs = "storage";

const PAGE = 50;
const COLUMNS = 5;

export function mount(main, page) {
  const list = h("div", { class: "stack" });
  const detail = h("div", { class: "stack" });
  main.append(
    h(
      "div",
      { class: "head" },
      h("h1", {}, title),
      h("span", { class: "spacer" }),
      button("New collection", newCollection, { symbol: "plus" }),
    ),
    h("div", { class: "split always narrow-first" }, list, detail),
  );
  const offset = () => Math.max(0, Number(page.params.get("offset")) || 0);
  const at = (name) => `api/storage/collections/${part(name)}`;
  const link = (changes) => {
    const next = new URLSearchParams(page.params);
    for (const [name, value] of Object.entries(changes))
      if (value) next.set(name, value);
      else next.delete(name);
    return `#/storage?${next}`;
  };
  let shown = null;

  const draw = () =>
    page.attempt(async () => {
      const [stats, collections, snapshots] = await Promise.all([
        get("api/storage/stats", {}, page.signal),
        all("api/storage/collections", "collections", page.signal),
        all("api/storage/snapshots", "snapshots", page.signal),
      ]);
      shown = collections.find((each) => each.name === page.params.get("collection")) ?? collections[0] ?? null;
      showLists(stats, collections, snapshots);
      if (shown) {
        showCollection();
        await page.attempt(showDocuments, frame.rows);
      } else
        fill(
          detail,
          h(
            "p",
            { class: "panel muted" },
            "A collection holds JSON documents, for scenarios and handlers to use. There is none yet.",
          ),
        );
    }, list);

  function showLists(stats, collections, snapshots) {
    fill(
      list,
      h(
        "div",
        { class: "list" },
        table(
          [
            {
              label: "Collection",
              cell: (row) => [
                h(
                  "a",
                  {
                    class: "operation",
                    href: `#/storage?collection=${encodeURIComponent(row.name)}`,
                    "aria-current": row === shown ? "true" : undefined,
                  },
                  row.name,
                ),
                row.seeded && h("span", { class: "tag" }, "seeded"),
              ],
            },
            { label: "Documents", num: true, cell: (row) => count(row.count) },
            { label: "Size", num: true, cell: (row) => bytes(row.bytes) },
          ],
          collections,
          {
            caption: "Collections",
            empty: "No collection.",
            rowClass: (row) => (row === shown ? "selected" : ""),
            onrow: (row) => {
              location.hash = `#/storage?collection=${encodeURIComponent(row.name)}`;
            },
          },
        ),
      ),
      h(
        "section",
        { class: "panel flush" },
        h("div", { class: "panel-head" }, h("h2", {}, "Snapshots"), button("Keep now…", keep, { symbol: "plus" })),
        table(
          [
            { label: "Snapshot", cell: (row) => row.name },
            { label: "Documents", num: true, cell: (row) => count(row.documents) },
            { label: "Made", cell: (row) => h("span", { title: dayTime(row.created_at) }, ago(row.created_at)) },
            {
              label: "",
              class: "nowrap",
              cell: (row) =>
                h(
                  "div",
                  { class: "actions" },
                  button("Restore", () => restore(row)),
                  button("", () => forget(row), { symbol: "trash", label: `Delete ${row.name}` }),
                ),
            },
          ],
          snapshots,
          { caption: "Snapshots", cards: true, empty: "No snapshot." },
        ),
      ),
      panel(
        "All collections",
        facts([
          ["Documents", `${count(stats.total_items)} in ${count(stats.collection_count)} collections`],
          ["Size", `${bytes(stats.bytes)} and ${bytes(stats.kept_bytes)} kept, of ${bytes(stats.limits.bytes)}`],
          ["Seeds", stats.seeds_dir && h("code", {}, stats.seeds_dir)],
        ]),
        h(
          "div",
          { class: "actions" },
          button("Seed from files", seedFiles),
          button("Reset all", resetAll, { kind: "danger" }),
        ),
      ),
    );
  }

  // The form of a collection stays while its documents are shown anew: a person may be writing in it.
  let frame = null;
  function showCollection() {
    if (frame?.name === shown.name && detail.contains(frame.rows)) return;
    const conditions = h("input", {
      type: "search",
      value: page.params.getAll("where").join("; "),
      placeholder: "price<10; owner.name=Ann; tags~new",
    });
    const sorting = h("input", { value: page.params.get("sort") ?? "", placeholder: "price,-name" });
    const { name } = shown;
    frame = { name, rows: h("div") };
    fill(
      detail,
      h(
        "section",
        { class: "panel flush" },
        h(
          "div",
          { class: "panel-head" },
          h("h2", {}, name),
          h(
            "div",
            { class: "actions" },
            button("Add", () => edit(null), { symbol: "plus" }),
            button("Seed…", () => seedCollection(name, at(name), draw)),
            button("Reset", reset),
            button("Delete", drop, { kind: "danger" }),
          ),
        ),
        h(
          "form",
          {
            class: "fields pad",
            role: "search",
            onsubmit: (event) => {
              event.preventDefault();
              const next = new URLSearchParams({ collection: name });
              for (const each of conditions.value
                .split(";")
                .map((text) => text.trim())
                .filter(Boolean))
                next.append("where", each);
              if (sorting.value.trim()) next.set("sort", sorting.value.trim());
              page.go(next);
              draw();
            },
          },
          h("label", { class: "field wide" }, h("span", {}, "Conditions, all of which hold"), conditions),
          h("label", { class: "field" }, h("span", {}, "Sorted by"), sorting),
          h("div", { class: "actions" }, h("button", {}, "Find")),
        ),
        frame.rows,
      ),
    );
  }

  async function showDocuments() {
    const where = page.params.getAll("where");
    const found = await get(
      `${at(shown.name)}/documents`,
      { where, sort: page.params.get("sort"), limit: PAGE, offset: offset() },
      page.signal,
    );
    const names = [...new Set([shown.id_field, ...found.documents.flatMap(Object.keys)])].slice(0, COLUMNS);
    fill(
      frame.rows,
      table(
        [
          ...names.map((name, index) => ({
            label: name,
            class: "mono",
            cell: (row) =>
              index === 0
                ? h("button", { type: "button", class: "link", onclick: () => edit(row) }, brief(row[name]))
                : h("span", { class: "clip", title: brief(row[name]) }, brief(row[name])),
          })),
        ],
        found.documents,
        {
          caption: "Documents",
          onrow: edit,
          empty: where.length ? "No document meets these conditions." : "No document.",
        },
      ),
      pager(found, "documents", (to) => {
        location.hash = link({ offset: to });
      }),
    );
  }

  const edit = (row) => page.attempt(() => editDocument(shown, at(shown.name), row, draw, page), detail);

  function newCollection() {
    formDialog(
      "New collection",
      "Make",
      [
        { name: "name", label: "Name", required: true },
        { name: "id_field", label: "Member that is the id", hint: "empty: id" },
        {
          name: "ids",
          label: "Ids of documents without one",
          choices: [
            ["uuid", "UUIDs"],
            ["integer", "numbers"],
          ],
        },
      ],
      async (values) => {
        await post("api/storage/collections", values);
        location.hash = `#/storage?collection=${encodeURIComponent(values.name)}`;
        draw();
      },
    );
  }

  const then = async (work, said) => {
    await act(work, said);
    draw();
  };
  async function reset() {
    if (
      await confirm(
        `Reset ${shown.name}`,
        shown.seeded
          ? "It has what it was seeded with again; what was written since is gone."
          : "It has no seed: it will be empty.",
        "Reset",
      )
    )
      then(() => post(`${at(shown.name)}/reset`), `${shown.name} is reset.`);
  }
  async function drop() {
    if (await confirm(`Delete ${shown.name}`, "The collection is gone, with its documents.", "Delete"))
      then(() => remove(at(shown.name)), `${shown.name} is gone.`);
  }
  async function resetAll() {
    if (
      await confirm(
        "Reset all collections",
        "All have what they were seeded with again; what was written since is gone.",
        "Reset all",
      )
    )
      then(() => post("api/storage/reset"), "All collections are reset.");
  }
  const seedFiles = () =>
    then(async () => {
      const { seeded } = await post("api/storage/seed");
      if (!seeded.length) throw new Problem(0, "The folder mock_data has no files.");
    }, "Seeded from the files.");
  const keep = () =>
    ask(
      "Keep a snapshot",
      "Name",
      new Date().toISOString().slice(0, 19).replaceAll(":", "-"),
      "Keep",
      async (name) => {
        await post("api/storage/snapshots", { name });
        note(`${name} is kept.`);
        draw();
      },
    );
  async function restore(row) {
    if (
      await confirm(
        `Restore ${row.name}`,
        "All collections become what they were; what was written since is gone.",
        "Restore",
      )
    )
      then(() => post(`api/storage/snapshots/${part(row.name)}/restore`), `${row.name} is restored.`);
  }
  async function forget(row) {
    if (await confirm(`Delete ${row.name}`, "The snapshot is gone.", "Delete"))
      then(() => remove(`api/storage/snapshots/${part(row.name)}`), `${row.name} is gone.`);
  }

  draw();
  return draw;
}
