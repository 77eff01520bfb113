// One request: what was asked and answered, and what can be done with it.

import { MOCK, get, part, put } from "./api.js";
import { button, copy, dialog, facts, h, note, violations } from "./dom.js";
import { bytes, dayTime, ms, pretty } from "./format.js";
import { methodMark, statusMark } from "./request-table.js";

// What a page may not set; the browser does, or leaves it out.
const OF_THE_BROWSER =
  /^(accept-charset|accept-encoding|access-control-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|permissions-policy|referer|te|trailer|transfer-encoding|upgrade|via|user-agent|proxy-.*|sec-.*)$/i;
const MASK = "***";
const SHOWN_CHARACTERS = 200000;

export function requestPanel(row, { close, step }) {
  return [
    h(
      "div",
      { class: "detail-head" },
      h("h2", { tabIndex: -1 }, methodMark(row.method), " ", h("span", { class: "mono clip" }, row.path)),
      h("span", { class: "spacer" }),
      button("", () => step(-1), { symbol: "left", label: "Previous in the list" }),
      button("", () => step(1), { symbol: "right", label: "Next in the list" }),
      button("", close, { symbol: "close", label: "Close request" }),
    ),
    h(
      "div",
      { class: "actions" },
      button("Resend", () => resend(row), { symbol: "send" }),
      button("Copy as curl", async () => copy(await get(`api/requests/${row.id}/curl`), "Command"), { symbol: "copy" }),
      row.operation_id &&
        row.status_code &&
        button("Make this the response", () => makeResponse(row), { symbol: "pin" }),
      h("a", { class: "button quiet", href: `api/requests/${row.id}/har`, download: `request-${row.id}.har` }, "HAR"),
    ),
    facts([
      ["Status", statusMark(row.status_code)],
      ["Time", dayTime(row.timestamp)],
      ["Took", ms(row.process_time_ms)],
      ["Decided by", row.decided_by],
      [
        "Operation",
        row.operation_id &&
          h(
            "a",
            { href: `#/responses?operation=${encodeURIComponent(row.operation_id)}` },
            h("code", {}, row.operation_id),
          ),
      ],
      ["Scenario", row.test_scenario],
      [
        "Session",
        row.session_id &&
          h("a", { href: `#/requests?session_id=${encodeURIComponent(row.session_id)}` }, row.session_id),
      ],
      ["Client", [row.client_host, row.client_port].filter(Boolean).join(":")],
      ["Correlation id", h("code", {}, row.correlation_id)],
      ["Number", String(row.id)],
    ]),
    row.validation_errors?.length > 0 &&
      h("section", {}, h("h3", {}, "What the description does not allow"), violations(row.validation_errors)),
    side("Request", row, "request"),
    side("Response", row, "response"),
  ];
}

function side(name, row, which) {
  const headers = pairs(row[`${which}_headers`]);
  const query = which === "request" ? pairs(row.query_params ?? {}) : [];
  return h(
    "section",
    {},
    h("h3", {}, name, h("span", { class: "muted" }, ` ${bytes(row[`${which}_size`])}`)),
    query.length > 0 && [h("h4", {}, "Query"), pairTable(query, "Query")],
    h(
      "details",
      { open: headers.length < 9 },
      h("summary", {}, `Headers (${headers.length})`),
      pairTable(headers, `${name} headers`),
    ),
    body(name, row, which),
  );
}

function body(name, row, which) {
  const text = row[`${which}_body_pretty`] ?? row[`${which}_body`];
  if (text === null || text === undefined || text === "") return h("p", { class: "muted" }, "No body.");
  const told = row[`${which}_body_note`];
  return codeBlock(text, `${name} body`, told);
}

/** A text to read and copy. */
export function codeBlock(text, name, told) {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return h(
    "div",
    { class: "code" },
    h(
      "div",
      { class: "code-head" },
      h("span", {}, name),
      told && h("span", { class: "tag" }, told),
      h("span", { class: "spacer" }),
      button("", () => copy(text, name), { symbol: "copy", label: `Copy ${name.toLowerCase()}` }),
    ),
    h("pre", { tabindex: "0", role: "region", "aria-label": name }, shown),
  );
}

function pairTable(list, name) {
  return h(
    "table",
    { class: "pairs" },
    h("caption", { class: "offscreen" }, name),
    h(
      "tbody",
      {},
      list.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, value))),
    ),
  );
}

const pairs = (values) =>
  Object.entries(values).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)]));

function logged(row, which) {
  const value = row[`${which}_body`];
  const told = row[`${which}_body_note`];
  if (!told) return { text: value ?? "" };
  return told === "base64" ? { base64: value } : { cut: true };
}

function resend(row) {
  const sent = logged(row, "request");
  const headers = pairs(row.request_headers);
  const kept = headers.filter(([name]) => !OF_THE_BROWSER.test(name));
  const left = headers.filter(([name]) => OF_THE_BROWSER.test(name)).map(([name]) => name);
  return dialog(
    "Send again",
    (close) => {
      const method = h("input", { value: row.method, required: true, class: "mono short", "aria-label": "Method" });
      const path = h("input", {
        value: row.path.replace(/[?#]/g, encodeURIComponent) + encodedQuery(row.query_params),
        required: true,
        class: "mono grow",
        "aria-label": "Path and query",
      });
      const head = h("textarea", {
        value: kept.map(([name, value]) => `${name}: ${value}`).join("\n"),
        rows: Math.min(8, kept.length + 1),
        class: "mono",
        spellcheck: false,
      });
      const text = h("textarea", {
        value: sent.text === undefined ? "" : pretty(sent.text),
        rows: 8,
        class: "mono",
        spellcheck: false,
      });
      const result = h("div", { class: "result", "aria-live": "polite" });
      return h(
        "form",
        {
          onsubmit: async (event) => {
            event.preventDefault();
            result.replaceChildren(h("p", { class: "muted" }, "Sending…"));
            result.replaceChildren(...(await send(method.value.trim(), path.value.trim(), head.value, body_())));
          },
        },
        h("div", { class: "row-fields" }, method, path),
        h("label", { class: "field" }, h("span", {}, "Headers"), head),
        left.length > 0 && h("p", { class: "muted small" }, `Left to the browser: ${left.join(", ")}.`),
        [head.value, path.value, text.value].some((each) => each.includes(MASK)) &&
          h("p", { class: "warning" }, "The log masks secrets: replace *** by the real value."),
        sent.cut && h("p", { class: "warning" }, "The log holds only the beginning of the body."),
        sent.base64
          ? h("p", { class: "muted" }, `The body of ${bytes(row.request_size)} is sent as it was.`)
          : h("label", { class: "field" }, h("span", {}, "Body"), text),
        h(
          "div",
          { class: "actions end" },
          button("Close", () => close()),
          h("button", { class: "primary" }, "Send"),
        ),
        result,
      );

      function body_() {
        if (sent.base64) return Uint8Array.from(atob(sent.base64), (each) => each.charCodeAt(0));
        return text.value === pretty(sent.text ?? "") ? sent.text || undefined : text.value || undefined;
      }
    },
    { wide: true },
  );
}

function encodedQuery(values) {
  const query = new URLSearchParams();
  for (const [name, value] of pairs(values ?? {})) query.append(name, value);
  return query.size ? `?${query}` : "";
}

async function send(method, path, head, body) {
  const begun = performance.now();
  try {
    const target = new URL(MOCK.href + path.replace(/^\/+/, ""));
    const headers = new Headers();
    for (const line of head.split("\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
    // Without cookies: those of this page are for the admin API.
    const answer = await fetch(target, {
      method,
      headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "manual",
      body: method === "GET" || method === "HEAD" ? undefined : body,
    });
    const text = answer.type === "opaqueredirect" ? "" : await answer.text();
    const took = performance.now() - begun;
    if (answer.type === "opaqueredirect")
      return [h("p", {}, "The answer is a redirection; its row in the log says where to.")];
    return [
      facts([
        ["Status", statusMark(answer.status)],
        ["Took", ms(took)],
      ]),
      pairTable([...answer.headers], "Headers of the new answer"),
      text ? codeBlock(pretty(text), "New answer") : h("p", { class: "muted" }, "No body."),
    ];
  } catch (error) {
    return [h("p", { class: "error", role: "alert" }, `Not sent: ${error.message}`)];
  }
}

const OF_THE_SERVER =
  /^(content-length|date|server|connection|keep-alive|transfer-encoding|te|trailer|upgrade|x-correlation-id|mockloop-violations|content-type)$/i;

/** The override that answers as a logged response did. */
function overrideOf(row) {
  const headers = {};
  let type;
  for (const [name, value] of Object.entries(row.response_headers)) {
    if (name.toLowerCase() === "content-type") type = [value].flat()[0];
    if (!OF_THE_SERVER.test(name)) headers[name] = value;
  }
  const wanted = { status: row.status_code };
  if (Object.keys(headers).length) wanted.headers = headers;
  const { text, base64 } = logged(row, "response");
  if (base64) wanted.base64 = base64;
  else if (text) {
    if (/json/i.test(type ?? "")) {
      try {
        wanted.body = JSON.parse(text);
      } catch {
        wanted.text = text;
      }
    } else wanted.text = text;
  }
  if (type && (wanted.base64 || wanted.text !== undefined || wanted.body !== undefined)) wanted.content_type = type;
  return wanted;
}

async function makeResponse(row) {
  if (logged(row, "response").cut) {
    note("The log holds only the beginning of this body: set the response by hand.", "error");
    return;
  }
  const wanted = overrideOf(row);
  await dialog(
    "Make this the response",
    (close) => {
      const said = h("div");
      return [
        h(
          "p",
          {},
          "From now on ",
          h("code", {}, row.operation_id),
          " answers every request like this, until the override is cleared.",
        ),
        codeBlock(JSON.stringify(wanted, null, 2), "Override"),
        JSON.stringify(wanted).includes(MASK) &&
          h("p", { class: "warning" }, "The log masks secrets: this answers with *** in their place."),
        said,
        h(
          "div",
          { class: "actions end" },
          button("Cancel", () => close()),
          button(
            "Set response",
            async () => {
              try {
                const found = await put(`api/overrides/${part(row.operation_id)}`, wanted);
                const warned = found.findings?.length ? ` ${found.findings.length} warning(s).` : "";
                note(`${row.operation_id} answers ${row.status_code} now.${warned}`);
                close(true);
              } catch (error) {
                said.replaceChildren(
                  h("p", { class: "error", role: "alert" }, error.message),
                  violations(error.violations ?? []),
                );
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
