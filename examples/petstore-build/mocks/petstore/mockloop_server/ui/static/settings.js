// What can be changed while the server runs, what cannot, and how this page looks.

import { Problem, get, patch, put, remove } from "./api.js";
import { button, confirm, facts, failed, fill, h, note, panel } from "./dom.js";
import { began } from "./filters.js";
import { bytes, count } from "./format.js";

export const id = "settings";
export const title = "Settings";

const NUMBERS = [
  ["log_max_rows", "Requests kept at most", 1],
  ["log_max_age_days", "Days kept at most", "any"],
  ["log_max_bytes", "Size of the database at most, in bytes", 1],
];
const OLD = [
  ["", "All requests"],
  ["1h", "Older than an hour"],
  ["24h", "Older than a day"],
  ["7d", "Older than a week"],
];

export function mount(main, page) {
  const live = h("div");
  const fixed = h("div");
  const insights = h("div");
  const looks = h("div");
  const log = h("div");
  main.append(
    h("div", { class: "head" }, h("h1", {}, title)),
    h(
      "div",
      { class: "halves" },
      h("div", { class: "stack" }, panel("While the server runs", live), panel("Delete from the log", log)),
      h("div", { class: "stack" }, panel("This page", looks), panel("By the environment, at the start", fixed)),
      panel("When insights are told", insights),
    ),
  );

  /** Sends a form; says what was refused. */
  async function send(work, said, place) {
    try {
      await work();
      note(said);
      fill(place);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      fill(place, failed(error));
    }
  }

  function showSettings({ settings, defaults, fixed: rest }) {
    const said = h("div");
    const validation = h(
      "select",
      { name: "validation" },
      [
        ["enforce", "refuse them"],
        ["warn", "answer them, and log what is wrong"],
        ["off", "answer them"],
      ].map(([value, text]) => h("option", { value, selected: value === settings.validation }, text)),
    );
    const hasAuth = "enforce_auth" in settings;
    const auth = hasAuth && h("input", { type: "checkbox", name: "enforce_auth", checked: settings.enforce_auth });
    const numbers = NUMBERS.map(([name, label, step]) =>
      h(
        "label",
        { class: "field" },
        h("span", {}, label, settings[name] === defaults[name] ? null : ` (environment: ${count(defaults[name])})`),
        h("input", { type: "number", name, min: 0, step, required: true, value: settings[name] }),
      ),
    );
    const form = h(
      "form",
      {
        class: "stack",
        onsubmit: (event) => {
          event.preventDefault();
          const change = { validation: validation.value, ...(hasAuth && { enforce_auth: auth.checked }) };
          for (const [name] of NUMBERS) change[name] = Number(form.elements[name].value);
          // What is as the environment says goes on following it.
          for (const name of Object.keys(change)) if (change[name] === defaults[name]) change[name] = null;
          send(async () => showSettings(await patch("api/settings", change)), "Saved: in force on all workers.", said);
        },
      },
      h("label", { class: "field" }, h("span", {}, "Requests that the description does not allow"), validation),
      hasAuth && h("label", { class: "check" }, auth, "Ask for the credentials that the description asks for"),
      h("h3", {}, "The log keeps (0: no limit)"),
      numbers,
      said,
      h(
        "div",
        { class: "actions end" },
        button("Back to the environment's", () =>
          send(
            async () =>
              showSettings(
                await patch("api/settings", Object.fromEntries(Object.keys(defaults).map((name) => [name, null]))),
              ),
            "As the environment says.",
            said,
          ),
        ),
        h("button", { class: "primary" }, "Save"),
      ),
    );
    fill(live, form);
    fill(
      fixed,
      facts([
        ["Listens on", `${rest.host}:${rest.port}`],
        ["Database", h("code", {}, rest.database)],
        ["Largest body", bytes(rest.max_body)],
        ["Logged of a body", bytes(rest.log_body_limit)],
        ["Log queue", count(rest.log_queue)],
        ["Pages that may call (CORS)", rest.cors.map((each) => (each === "*" ? "all" : each)).join(", ") || "none"],
        ["Admin token", rest.admin_token ? "set" : "not set"],
        ["Admin networks", rest.admin_networks.join(", ") || "this machine"],
        ["Admin hosts", rest.admin_hosts.join(", ")],
        ["Request lines", rest.request_lines ? "printed" : "not printed"],
      ]),
      h("p", { class: "muted small" }, "These are variables; .env.example in the project documents them."),
    );
  }

  function showThresholds(found, properties) {
    const said = h("div");
    const form = h(
      "form",
      {
        class: "stack",
        onsubmit: (event) => {
          event.preventDefault();
          const body = Object.fromEntries(Object.keys(found).map((name) => [name, Number(form.elements[name].value)]));
          send(
            async () => showThresholds(await put("api/insights/thresholds", body), properties),
            "Thresholds saved.",
            said,
          );
        },
      },
      h(
        "div",
        { class: "fields thresholds" },
        Object.entries(found).map(([name, value]) =>
          h(
            "label",
            { class: "field", title: properties[name]?.description?.replaceAll("`", "") },
            h("span", {}, name.replaceAll("_", " ")),
            h("input", {
              type: "number",
              name,
              value,
              required: true,
              step: Number.isInteger(properties[name]?.default) && properties[name]?.type === "integer" ? 1 : "any",
              min: properties[name]?.minimum ?? 0,
              max: properties[name]?.maximum,
            }),
          ),
        ),
      ),
      said,
      h(
        "div",
        { class: "actions end" },
        button("Defaults", () =>
          send(
            async () => showThresholds(await put("api/insights/thresholds", {}), properties),
            "Thresholds are the defaults.",
            said,
          ),
        ),
        h("button", { class: "primary" }, "Save"),
      ),
    );
    fill(insights, form);
  }

  function showLooks() {
    const known = document.documentElement.dataset.theme ?? "system";
    fill(
      looks,
      h(
        "fieldset",
        { class: "plain-set" },
        h("legend", {}, "Theme"),
        ["system", "light", "dark"].map((each) =>
          h(
            "label",
            { class: "check" },
            h("input", {
              type: "radio",
              name: "theme",
              value: each,
              checked: each === known,
              onchange: () => document.dispatchEvent(new CustomEvent("settheme", { detail: each })),
            }),
            each,
          ),
        ),
      ),
      h(
        "label",
        { class: "field" },
        h("span", {}, "The dashboard reads its numbers anew every"),
        h(
          "select",
          { onchange: (event) => remember("mockloop.refresh", event.target.value) },
          [
            ["10", "10 seconds"],
            ["30", "30 seconds"],
            ["120", "2 minutes"],
          ].map(([value, text]) =>
            h("option", { value, selected: value === (recall("mockloop.refresh") ?? "30") }, text),
          ),
        ),
      ),
    );
  }

  function showDelete() {
    const age = h(
      "select",
      {},
      OLD.map(([value, text]) => h("option", { value }, text)),
    );
    const session = h("input", { placeholder: "any" });
    const said = h("div");
    fill(
      log,
      h(
        "form",
        {
          class: "stack",
          onsubmit: async (event) => {
            event.preventDefault();
            const what = `${OLD.find(([value]) => value === age.value)[1]}${session.value.trim() ? ` of the session ${session.value.trim()}` : ""}`;
            if (!(await confirm("Delete from the log", `${what} will be gone. This cannot be undone.`, "Delete")))
              return;
            send(
              async () => {
                const { deleted } = await remove("api/logs", {
                  before: began(age.value),
                  session_id: session.value.trim(),
                });
                note(`${count(deleted)} requests deleted.`);
              },
              "The log was cleaned.",
              said,
            );
          },
        },
        h("label", { class: "field" }, h("span", {}, "Which"), age),
        h("label", { class: "field" }, h("span", {}, "Of the session"), session),
        said,
        h(
          "div",
          { class: "actions end" },
          h("a", { class: "button", href: "api/export", download: "mockloop.zip" }, "Download everything first"),
          h("button", { class: "danger" }, "Delete…"),
        ),
      ),
    );
  }

  showLooks();
  showDelete();
  document.addEventListener("themechange", showLooks, { signal: page.signal });
  page.attempt(async () => showSettings(await get("api/settings", {}, page.signal)), live);
  page.attempt(async () => {
    const [found, contract] = await Promise.all([
      get("api/insights/thresholds", {}, page.signal),
      get("api/openapi.json", {}, page.signal),
    ]);
    showThresholds(found, contract.components.schemas.Thresholds.properties);
  }, insights);
}

/** What this browser remembers; nothing where that is forbidden. */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    note("This browser keeps nothing for this page.", "error");
  }
}
