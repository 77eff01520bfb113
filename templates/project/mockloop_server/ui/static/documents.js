// Documents of a collection: written in an editor, taken from a file.

import { Problem, call, part } from "./api.js";
import { button, dialog, h, note } from "./dom.js";
import { editor } from "./editor.js";
import { formDialog } from "./forms.js";
import { count } from "./format.js";

/** A value on one line. */
export const brief = (value) => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));

/** A dialog for a document of a collection, or for a new one where there is no row; left unsaved after a question. */
export async function editDocument(collection, at, row, draw, page) {
  const path = row === null ? `${at}/documents` : `${at}/documents/${part(String(row[collection.id_field]))}`;
  let tag = null;
  const tell = (headers) => {
    tag = headers.get("ETag");
  };
  const found = row === null ? {} : await call("GET", path, { tell });
  const pad = editor(found, { label: "Document" });
  page.unsaved = pad.changed;
  await dialog(
    row === null ? "New document" : `Document ${brief(row[collection.id_field])}`,
    (close, leave) => {
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
          button("Cancel", leave),
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
    { wide: true, unsaved: pad.changed },
  );
  page.unsaved = null;
}

/** A dialog for a file of documents that a collection gets in place of its own. */
export const seedCollection = (name, at, draw) =>
  formDialog(
    `Seed ${name}`,
    "Seed",
    [
      {
        name: "file",
        label: "File: a JSON array, or a JSON object on each line",
        type: "file",
        accept: ".json,.jsonl,.ndjson",
        required: true,
      },
    ],
    async ({ file }) => {
      const lines = /\.(jsonl|ndjson)$/i.test(file.name);
      const found = await call("POST", `${at}/seed`, {
        body: await file.text(),
        type: lines ? "application/x-ndjson" : "application/json",
      });
      note(`${name} has ${count(found.count)} documents now.`);
      draw();
    },
    { about: "All documents are replaced, and a reset goes back to these." },
  );
