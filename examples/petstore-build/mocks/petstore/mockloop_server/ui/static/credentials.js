// Credentials of the mock: keys, users and clients, listed and registered.

import { all, part, patch, post, remove } from "./api.js";
import { button, confirm, fill, h, note, table } from "./dom.js";
import { act, formDialog, json, moment, pager, toldOnce, words } from "./forms.js";
import { ago, dayTime } from "./format.js";

/** Fields of forms. */
export const SCOPES = { name: "scopes", label: "Scopes", hint: "words; empty: all", read: words };
const EXPIRES = { name: "expires_at", label: "Expires", hint: "empty: never", type: "datetime-local", read: moment };
export const CLAIMS = { name: "claims", label: "Claims", hint: 'JSON object, such as {"email": …}', rows: 3, read: json };

/** The column of scopes. */
export const scopes = {
  label: "Scopes",
  class: "mono",
  cell: (row) =>
    row.scopes === null
      ? h("span", { class: "muted sans" }, "all")
      : h("span", { class: "clip", title: row.scopes.join(" ") }, row.scopes.join(" ")),
};
const made = { label: "Made", cell: (row) => h("span", { title: dayTime(row.created_at) }, ago(row.created_at)) };
const expires = {
  label: "Expires",
  cell: (row) =>
    row.expired
      ? h("span", { class: "tag bad flat" }, "expired")
      : row.expires_at
        ? dayTime(row.expires_at)
        : "never",
};

const local = (time) => {
  if (!time) return "";
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};
const bounds = (row) => [
  { ...SCOPES, value: row.scopes?.join(" ") ?? "" },
  { ...EXPIRES, value: local(row.expires_at) },
];

/** The kinds of credentials: each with what shows them in the body of a page, and what registers one. */
export function credentials(body, page, { list, go, draw }) {
  /** What can be done with a row of a list. */
  function actions(path, name, fields) {
    return {
      label: "",
      class: "nowrap",
      cell: (row) =>
        h(
          "div",
          { class: "actions" },
          button("Edit", () => change(path(row), name(row), fields(row))),
          !row.expired &&
            button("Expire", async () => {
              await act(() => patch(path(row), { expires_at: new Date().toISOString() }), `${name(row)} has expired.`);
              draw();
            }),
          button(
            "",
            async () => {
              if (!(await confirm("Delete", `${name(row)} is forgotten. This cannot be undone.`, "Delete"))) return;
              await act(() => remove(path(row)), `${name(row)} is forgotten.`);
              draw();
            },
            { symbol: "trash", label: `Delete ${name(row)}` },
          ),
        ),
    };
  }

  function change(path, name, fields) {
    formDialog(`Change ${name}`, "Save", fields, async (values) => {
      // An emptied field is one without bounds.
      await patch(path, { scopes: null, expires_at: null, ...values });
      note("Saved.");
      draw();
    });
  }

  async function showKeys() {
    const found = await list("api/auth/keys");
    fill(
      body,
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            { label: "Name", cell: (row) => row.name || h("span", { class: "muted" }, `key ${row.id}`) },
            { label: "Scheme", class: "mono", cell: (row) => row.scheme },
            scopes,
            made,
            expires,
            actions(
              (row) => `api/auth/keys/${row.id}`,
              (row) => row.name || `key ${row.id}`,
              (row) => [{ name: "name", label: "Name", value: row.name }, ...bounds(row)],
            ),
          ],
          found.keys,
          { caption: "Keys", cards: true, empty: "No key is registered: schemes accept every well-formed one." },
        ),
        pager(found, "keys", go),
      ),
    );
  }

  async function newKey() {
    const schemes = ((await page.attempt(() => all("api/auth/schemes", "schemes", page.signal), body)) ?? []).filter(
      (each) => each.type !== "mutualTLS",
    );
    formDialog(
      "New key",
      "Register",
      [
        { name: "scheme", label: "Scheme", choices: schemes.map((each) => [each.name, each.name]), required: true },
        { name: "name", label: "Name" },
        { name: "value", label: "Value", hint: "empty: made" },
        SCOPES,
        EXPIRES,
      ],
      async (values) => {
        const key = await post("api/auth/keys", values);
        draw();
        toldOnce("The key is registered", [["Key", key.value]]);
      },
    );
  }

  async function showUsers() {
    const found = await list("api/auth/users");
    fill(
      body,
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            { label: "User", cell: (row) => row.name },
            {
              label: "Claims",
              class: "mono",
              cell: (row) =>
                h("span", { class: "clip" }, Object.keys(row.claims).length ? JSON.stringify(row.claims) : ""),
            },
            scopes,
            made,
            expires,
            actions(
              (row) => `api/auth/users/${part(row.name)}`,
              (row) => row.name,
              (row) => [
                { name: "password", label: "New password", hint: "empty: stays", type: "password" },
                { ...CLAIMS, value: JSON.stringify(row.claims, null, 2) },
                ...bounds(row),
              ],
            ),
          ],
          found.users,
          { caption: "Users", cards: true, empty: "No user is registered: any name and password log in." },
        ),
        pager(found, "users", go),
      ),
    );
  }

  function newUser() {
    formDialog(
      "New user",
      "Register",
      [
        { name: "name", label: "Name", required: true },
        { name: "password", label: "Password", hint: "empty: made", type: "password" },
        CLAIMS,
        SCOPES,
        EXPIRES,
      ],
      async (values) => {
        const user = await post("api/auth/users", values);
        draw();
        toldOnce(`${user.name} is registered`, [["Password", user.password]]);
      },
    );
  }

  async function showClients() {
    const found = await list("api/auth/clients");
    fill(
      body,
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            { label: "Client", class: "mono", cell: (row) => row.client_id },
            { label: "Kind", cell: (row) => (row.public ? "public" : "with a secret") },
            {
              label: "Redirects to",
              class: "mono",
              cell: (row) =>
                h("span", { class: "clip", title: row.redirect_uris.join("\n") }, row.redirect_uris.join(", ")),
            },
            scopes,
            made,
            expires,
            actions(
              (row) => `api/auth/clients/${part(row.client_id)}`,
              (row) => row.client_id,
              (row) => [
                ...(row.public
                  ? []
                  : [{ name: "client_secret", label: "New secret", hint: "empty: stays", type: "password" }]),
                {
                  name: "redirect_uris",
                  label: "Redirects to",
                  rows: 2,
                  value: row.redirect_uris.join("\n"),
                  read: words,
                },
                ...bounds(row),
              ],
            ),
          ],
          found.clients,
          { caption: "Clients", cards: true, empty: "No client is registered: any gets tokens." },
        ),
        pager(found, "clients", go),
      ),
    );
  }

  function newClient() {
    formDialog(
      "New client",
      "Register",
      [
        { name: "client_id", label: "Id", hint: "empty: made" },
        { name: "client_secret", label: "Secret", hint: "empty: made", type: "password" },
        { name: "public", label: "It can keep no secret (public)", type: "checkbox" },
        { name: "redirect_uris", label: "Redirects to", hint: "one a line", rows: 2, read: words },
        SCOPES,
        EXPIRES,
      ],
      async (values) => {
        const client = await post("api/auth/clients", values);
        draw();
        toldOnce("The client is registered", [
          ["Id", client.client_id],
          ...(client.client_secret ? [["Secret", client.client_secret]] : []),
        ]);
      },
    );
  }

  return {
    keys: { add: "New key", make: newKey, show: showKeys },
    users: { add: "New user", make: newUser, show: showUsers },
    clients: { add: "New client", make: newClient, show: showClients },
  };
}
