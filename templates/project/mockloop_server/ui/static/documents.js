// Documents of a collection: written in an editor, taken from a file.

import { Problem, call, part } from "./api.js";
import { button, dialog, h, note } from "./dom.js";
import { editor } from "./editor.js";
import { count } from "./format.js";

/** A value on one line. */
export const brief = (value) => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));

/** A dialog for a document of a collection, or for a new one where there is no row. */
export async function editDocument(collection, at, row, draw) {
  const path = row === null ? `${at}/documents` : `${at}/documents/${part(String(row[collection.id_field]))}`;
  let tag = null;
  const tell = (headers) => {
    tag = headers.get("ETag");
  };
  const found = row === null ? {} : await call("GET", path, { tell });
  dialog(
    row === null ? "New document" : `Document ${brief(row[collection.id_field])}`,
    (close) => {
      const pad = editor(found, { label: "Document" });
      const refused = (error) => {
        if (!(error instanceof Problem)) throw error;
        pad.show(error.violations.length ? error.violations : [{ message: error.message }]);
      };
      const headers = tag ? { "If-Match": tag } : {};
      return [
        pad.element,
        h(
          "div",
          { class: "actions end" },
          row !== null &&
            button(
              "Delete",
              async () => {
                try {
                  await call("DELETE", path, { headers });
                  note("The document is gone.");
                  close();
                  draw();
                } catch (error) {
                  refused(error);
                }
              },
              { kind: "danger", symbol: "trash" },
            ),
          button("Cancel", () => close()),
          button(
            "Save",
            async () => {
              const body = pad.read();
              if (body === undefined) return;
              try {
                await call(row === null ? "POST" : "PUT", path, { body, headers });
                note("The document is kept.");
                close();
                draw();
              } catch (error) {
                refused(error);
              }
            },
            { kind: "primary" },
          ),
        ),
      ];
    },
    { wide: true },
  );
}

/** A dialog for a file of documents that a collection gets in place of its own. */
export async function seedCollection(name, at, draw) {
  const file = h("input", { type: "file", accept: ".json,.jsonl,.ndjson", required: true });
  await formDialogWithFile(`Seed ${name}`, file, async (chosen) => {
    const lines = /\.(jsonl|ndjson)$/i.test(chosen.name);
    const found = await call("POST", `${at}/seed`, {
      body: await chosen.text(),
      type: lines ? "application/x-ndjson" : "application/json",
    });
    note(`${name} has ${count(found.count)} documents now.`);
    draw();
  });
}

function formDialogWithFile(title, file, send) {
  return dialog(title, (close) => {
    const said = h("p", { class: "error", role: "alert", hidden: true });
    return h(
      "form",
      {
        class: "stack",
        onsubmit: async (event) => {
          event.preventDefault();
          try {
            await send(file.files[0]);
            close();
          } catch (error) {
            if (!(error instanceof Problem)) throw error;
            said.hidden = false;
            said.textContent = [
              error.message,
              ...error.violations.map((each) => `${each.pointer ?? ""} ${each.message}`),
            ].join("\n");
          }
        },
      },
      h("p", {}, "All documents are replaced, and a reset goes back to these."),
      h("label", { class: "field" }, h("span", {}, "File: a JSON array, or a JSON object on each line"), file),
      said,
      h(
        "div",
        { class: "actions end" },
        button("Cancel", () => close()),
        h("button", { class: "primary" }, "Seed"),
      ),
    );
  });
}
