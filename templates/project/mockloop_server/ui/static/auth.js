// Who may call the mock: schemes of the description, registered credentials, issued tokens.

import { get, post, remove } from "./api.js";
import { CLAIMS, SCOPES, credentials, scopes } from "./credentials.js";
import { button, confirm, facts, fill, h, panel, table } from "./dom.js";
import { act, formDialog, pager, toldOnce, views } from "./forms.js";
import { ago, count, dayTime } from "./format.js";
import { codeBlock } from "./request.js";

export const id = "auth";
export const title = "Auth";
export const needs = "auth";

const VIEWS = [
  ["schemes", "Schemes"],
  ["keys", "Keys"],
  ["users", "Users"],
  ["clients", "Clients"],
  ["tokens", "Tokens"],
];
const PAGE = 50;

export function mount(main, page) {
  const head = h("div", { class: "head" });
  const body = h("div", { class: "stack" });
  main.append(head, body);
  const shown = () => page.params.get("view") ?? "schemes";
  const offset = () => Math.max(0, Number(page.params.get("offset")) || 0);
  const go = (to) => {
    location.hash = `#/auth?view=${shown()}&offset=${to}`;
  };
  const list = (path) => get(path, { limit: PAGE, offset: offset() }, page.signal);
  const KINDS = {
    schemes: { show: showSchemes },
    ...credentials(body, page, { list, go, draw }),
    tokens: { add: "Issue a token", make: newToken, show: showTokens },
  };

  function draw() {
    const kind = KINDS[shown()] ?? KINDS.schemes;
    fill(
      head,
      h("h1", {}, title),
      h("span", { class: "spacer" }),
      views(id, VIEWS, shown()),
      kind.add && button(kind.add, kind.make, { symbol: "plus" }),
    );
    return page.attempt(kind.show, body);
  }

  async function showSchemes() {
    const [found, key, settings] = await Promise.all([
      list("api/auth/schemes"),
      get("api/auth/signing-key", {}, page.signal),
      get("api/settings", {}, page.signal),
    ]);
    fill(
      body,
      !settings.settings.enforce_auth &&
        h(
          "p",
          { class: "panel warning" },
          "Credentials are not asked for at present: ",
          h("a", { href: "#/settings" }, "the settings"),
          " say so.",
        ),
      h(
        "section",
        { class: "panel flush" },
        table(
          [
            { label: "Scheme", class: "mono", cell: (row) => row.name },
            { label: "Type", cell: (row) => [row.type, row.scheme && ` ${row.scheme}`] },
            {
              label: "Where",
              class: "mono",
              cell: (row) => (row.parameter ? `${row.in} ${row.parameter}` : (row.flows?.join(", ") ?? "")),
            },
            {
              label: "Accepts",
              cell: (row) =>
                h(
                  "span",
                  { class: row.accepts === "registered" ? "tag on flat" : "tag flat" },
                  row.accepts === "any" ? "any well-formed one" : `${count(row.keys)} registered`,
                ),
            },
            {
              label: "Scopes",
              class: "mono",
              cell: (row) => h("span", { class: "clip", title: row.scopes.join(" ") }, row.scopes.join(" ")),
            },
            { label: "Operations", num: true, cell: (row) => count(row.operation_count) },
          ],
          found.schemes,
          { caption: "Security schemes", empty: "The description asks for no credentials." },
        ),
        pager(found, "schemes", go),
      ),
      panel(
        "Tokens",
        facts([
          ["Issuer", h("code", {}, key.issuer)],
          ["Algorithm", key.alg],
          ["Key", h("code", {}, key.kid)],
        ]),
        codeBlock(JSON.stringify(key.public_key, null, 2), "Public key"),
      ),
    );
  }

  async function showTokens() {
    const found = await list("api/auth/tokens");
    fill(
      body,
      h(
        "section",
        { class: "panel flush" },
        h(
          "div",
          { class: "panel-head" },
          h("h2", {}, "Issued tokens"),
          button(
            "Revoke all",
            async () => {
              if (
                !(await confirm(
                  "Revoke all tokens",
                  "Requests with any of them are refused from now on.",
                  "Revoke all",
                ))
              )
                return;
              await act(() => remove("api/auth/tokens"), "All tokens are revoked.");
              draw();
            },
            { kind: "danger" },
          ),
        ),
        table(
          [
            { label: "For", cell: (row) => row.subject },
            { label: "Client", class: "mono", cell: (row) => row.client_id ?? "" },
            { label: "Kind", cell: (row) => row.kind },
            scopes,
            { label: "Issued", cell: (row) => h("span", { title: dayTime(row.issued_at) }, ago(row.issued_at)) },
            { label: "Expires", cell: (row) => dayTime(row.expires_at) },
            {
              label: "State",
              cell: (row) =>
                h(
                  "span",
                  { class: row.active ? "tag on flat" : "tag flat" },
                  row.active ? "active" : row.revoked_at ? "revoked" : "expired",
                ),
            },
            {
              label: "",
              cell: (row) =>
                row.active &&
                button("Revoke", async () => {
                  await act(() => remove(`api/auth/tokens/${row.id}`), "Revoked.");
                  draw();
                }),
            },
          ],
          found.tokens,
          { caption: "Tokens", empty: "No token was issued yet." },
        ),
        pager(found, "tokens", go),
      ),
    );
  }

  function newToken() {
    formDialog(
      "Issue a token",
      "Issue",
      [
        { name: "subject", label: "For", hint: "a user or client, registered or not", required: true },
        { ...SCOPES, hint: "words" },
        { name: "expires_in", label: "Lasts, in seconds", type: "number", read: Number },
        CLAIMS,
      ],
      async (values) => {
        const token = await post("api/auth/tokens", values);
        draw();
        toldOnce("The token is issued", [["Access token", token.access_token]]);
      },
    );
  }

  draw();
  return draw;
}
