// A text area for JSON or YAML, with line numbers and findings at their lines.

import { button, fill, h } from "./dom.js";

/** What a document holds and where: `value`, or `error` with its line; `line(pointer)` for the rest. */
export function parse(text) {
  const lines = new Map();
  const open = [];
  let value;
  try {
    // Every JSON document is YAML too; one parser knows the lines of both.
    value = globalThis.jsyaml.load(text, {
      schema: globalThis.jsyaml.JSON_SCHEMA,
      listener(event, state) {
        if (event === "open") open.push(state.line);
        else {
          const line = open.pop();
          if (state.result !== null && typeof state.result === "object" && !lines.has(state.result))
            lines.set(state.result, line);
        }
      },
    });
  } catch (error) {
    return { error: error.reason ?? error.message, at: (error.mark?.line ?? 0) + 1, line: () => 1 };
  }
  return { value, line: (pointer) => lineOf(text.split("\n"), value, lines, pointer) };
}

/** The line, from 1, of what a pointer (RFC 6901) names, or of what is nearest above it. */
function lineOf(text, root, lines, pointer) {
  let node = root;
  let line = lines.get(root) ?? 0;
  const steps = (pointer ?? "")
    .split("/")
    .slice(1)
    .map((each) => each.replace(/~1/g, "/").replace(/~0/g, "~"));
  for (const step of steps) {
    if (node === null || typeof node !== "object") break;
    const next = node[step];
    const known = next !== null && typeof next === "object" ? lines.get(next) : undefined;
    const key = Array.isArray(node) ? -1 : keyLine(text, step, line);
    if (key >= 0) line = key;
    else if (known !== undefined) line = known;
    if (next === undefined) break;
    node = next;
  }
  return Math.min(line, text.length - 1) + 1;
}

function keyLine(text, key, from) {
  const written = new RegExp(`(^|[\\s{,-])(${escape(JSON.stringify(key))}|'${escape(key)}'|${escape(key)})\\s*:`);
  for (let at = from; at < text.length; at += 1) if (written.test(text[at])) return at;
  return -1;
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A value as JSON or YAML. */
export const write = (value, format) =>
  format === "yaml" ? globalThis.jsyaml.dump(value, { lineWidth: 110, noRefs: true }) : JSON.stringify(value, null, 2);

/**
 * The editor. `check(value)` gives findings with pointers, some time after the last change; what cannot be
 * parsed is told without asking it.
 */
export function editor(value, { label, readOnly = false, check, format = "json" }) {
  // What a person has chosen; a text that is no JSON is shown as the YAML that it is.
  let form = format;
  let stored = "";
  let timer = 0;
  let turn = 0;
  let marks = new Map();
  const area = h("textarea", {
    class: "mono",
    spellcheck: false,
    readOnly,
    wrap: "off",
    "aria-label": label,
    autocapitalize: "off",
  });
  const gutter = h("pre", { class: "gutter", "aria-hidden": "true" });
  const list = h("div", { class: "findings", role: "status" });
  const choice = h(
    "div",
    { class: "segments", role: "group", "aria-label": "Format" },
    ["json", "yaml"].map((each) =>
      h("button", { type: "button", dataset: { format: each }, onclick: () => use(each) }, each.toUpperCase()),
    ),
  );
  const element = h(
    "div",
    { class: "editor" },
    h("div", { class: "editor-head" }, choice, h("span", { class: "spacer" })),
    h("div", { class: "editor-body" }, gutter, area),
    list,
  );

  const number = () => {
    const count = area.value.split("\n").length;
    fill(
      gutter,
      Array.from({ length: count }, (_, at) => h("span", { class: marks.get(at + 1) }, `${at + 1}\n`)),
    );
    gutter.scrollTop = area.scrollTop;
  };
  const goto = (line) => {
    const before =
      area.value
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(
      before,
      area.value.indexOf("\n", before) < 0 ? area.value.length : area.value.indexOf("\n", before),
    );
    area.scrollTop = Math.max(0, (line - 4) * 18);
  };

  const fit = () => {
    area.rows = Math.min(28, Math.max(8, area.value.split("\n").length + 1));
  };

  /** Shows findings, each at its line. */
  function show(findings, parsed = parse(area.value)) {
    const told = findings.map((each) => ({ severity: "error", ...each, line: each.line ?? parsed.line(each.pointer) }));
    marks = new Map(
      told
        .toSorted((one, other) => (one.severity === "error") - (other.severity === "error"))
        .map((each) => [each.line, each.severity]),
    );
    fill(
      list,
      told.length === 0
        ? !readOnly && h("p", { class: "muted" }, "No findings.")
        : h(
            "ul",
            { class: "violations" },
            told.map((each) =>
              h(
                "li",
                { class: each.severity },
                button(`Line ${each.line}`, () => goto(each.line), { kind: "quiet line" }),
                " ",
                each.pointer && h("code", {}, each.pointer),
                " ",
                each.message,
                each.hint && h("em", {}, ` ${each.hint}`),
              ),
            ),
          ),
    );
    number();
  }

  function read() {
    const parsed = parse(area.value);
    choose();
    if (parsed.error) {
      show([{ message: parsed.error, line: parsed.at }], parsed);
      return undefined;
    }
    return parsed.value;
  }

  async function ask() {
    const mine = ++turn;
    const found = read();
    if (found === undefined) return;
    if (!check) {
      show([]);
      return;
    }
    const findings = await check(found);
    if (mine === turn && findings) show(findings);
  }

  function use(next) {
    if (next === shownForm()) return;
    const found = read();
    if (found === undefined) return;
    const kept = area.value === stored;
    form = next;
    area.value = write(found, form);
    if (kept) stored = area.value;
    fit();
    choose();
    number();
    if (!readOnly) ask();
  }
  function shownForm() {
    if (form === "json" && parse(area.value).error === undefined) {
      try {
        JSON.parse(area.value);
      } catch {
        return "yaml";
      }
    }
    return form;
  }
  function choose() {
    const now = shownForm();
    for (const each of choice.children) each.setAttribute("aria-pressed", String(each.dataset.format === now));
  }

  area.addEventListener("input", () => {
    number();
    clearTimeout(timer);
    timer = setTimeout(ask, 400);
  });
  area.addEventListener("scroll", () => {
    gutter.scrollTop = area.scrollTop;
  });
  area.value = write(value, form);
  stored = area.value;
  fit();
  choose();
  number();
  if (!readOnly && check) ask();
  return {
    element,
    area,
    read,
    show,
    /** Whether the text is another than what was given, or than what was stored last. */
    changed: () => area.value !== stored,
    stored() {
      stored = area.value;
    },
    set(next) {
      area.value = write(next, form);
      fit();
      number();
      ask();
    },
  };
}
