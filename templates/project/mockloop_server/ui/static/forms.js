// Dialogs that ask for several values, and pages of lists.

import { Problem } from "./api.js";
import { button, copy, dialog, fill, h, note, violations } from "./dom.js";
import { count } from "./format.js";

/**
 * Asks for values and sends them. A field has `name`, `label`, and may have `type`, `value`, `required`,
 * `choices`, `hint`, `rows` for texts of several lines, `accept` for files, and `read(text)`; empty ones are left
 * out. Where sending is refused the dialog stays as it is, with the reason beside the field.
 */
export function formDialog(title, action, fields, send, { wide = false, about } = {}) {
  return dialog(
    title,
    (close) => {
      const said = h("div", { role: "alert" });
      const inputs = new Map();
      const faults = new Map();
      let busy = false;
      const form = h(
        "form",
        {
          class: "stack",
          onsubmit: async (event) => {
            event.preventDefault();
            if (busy) return;
            busy = true;
            const values = {};
            try {
              for (const { name, label, type, read } of fields) {
                const input = inputs.get(name);
                if (type === "checkbox") values[name] = input.checked;
                else if (type === "file") values[name] = input.files[0];
                else if (input.value.trim()) values[name] = read ? read(input.value.trim(), label) : input.value.trim();
              }
              close((await send(values)) ?? true);
            } catch (error) {
              if (!(error instanceof Problem)) throw error;
              refuse(said, inputs, faults, error);
            } finally {
              busy = false;
            }
          },
        },
        about && h("p", {}, about),
        fields.map((field) => {
          const { name, label, type = "text", value = "", required = false, choices, hint, rows, list, accept } = field;
          const shared = { name, required, spellcheck: false, "aria-describedby": `fault-of-${name}` };
          const input = choices
            ? h(
                "select",
                shared,
                choices.map(([each, text]) => h("option", { value: each, selected: each === value }, text)),
              )
            : rows
              ? h("textarea", { ...shared, rows, class: "mono", value })
              : type === "checkbox"
                ? h("input", { ...shared, type, checked: value === true })
                : type === "file"
                  ? h("input", { ...shared, type, accept })
                  : h("input", { ...shared, type, value, list, autocomplete: "off" });
          const fault = h("div", { class: "fault error", id: `fault-of-${name}` });
          inputs.set(name, input);
          faults.set(name, fault);
          return h(
            "div",
            { class: "asked" },
            type === "checkbox"
              ? h("label", { class: "check" }, input, label)
              : h(
                  "label",
                  { class: "field" },
                  h("span", {}, label, hint && h("em", { class: "hint" }, ` ${hint}`)),
                  input,
                ),
            fault,
          );
        }),
        said,
        h(
          "div",
          { class: "actions end" },
          button("Cancel", () => close()),
          h("button", { class: "primary" }, action),
        ),
      );
      return form;
    },
    { wide },
  );
}

/** Shows why a call was refused: beside the fields that violations name, the rest below them. */
function refuse(said, inputs, faults, error) {
  const rest = [];
  const told = new Map();
  for (const each of error.violations) {
    const name = faults.size === 1 ? [...faults.keys()][0] : (each.pointer?.split("/")[1] ?? each.name);
    if (faults.has(name)) told.set(name, [...(told.get(name) ?? []), each]);
    else rest.push(each);
  }
  for (const [name, fault] of faults) {
    const of = told.get(name) ?? [];
    fill(
      fault,
      of.map((each) => h("p", {}, [each.message, each.hint].filter(Boolean).join(" "))),
    );
    inputs.get(name).setAttribute("aria-invalid", String(of.length > 0));
  }
  fill(
    said,
    h(
      "div",
      { class: "panel error-panel" },
      h("strong", {}, error.message),
      rest.length > 0 && violations(rest),
    ),
  );
  const [first] = told.keys();
  if (first) inputs.get(first).focus();
}

/** Asks for one line of text, and sends it. */
export const ask = (title, label, value, action, send) =>
  formDialog(title, action, [{ name: "name", label, value, required: true }], ({ name = "" }) => send(name));

/** A text as JSON, as a field's `read`. */
export function json(text, label) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(0, `${label}: ${error.message}`);
  }
}

/** Words between spaces or commas, as a field's `read`. */
export const words = (text) => text.split(/[\s,]+/).filter(Boolean);

/** A moment of the person's clock as the admin API takes it, as a field's `read`. */
export const moment = (text) => new Date(text).toISOString();

/** Shows what is told this once. */
export function toldOnce(title, pairs) {
  return dialog(title, (close) => [
    h("p", {}, "Copy it now: it is not shown again."),
    pairs.map(([name, value]) =>
      h(
        "label",
        { class: "field" },
        h("span", {}, name),
        h(
          "span",
          { class: "row-fields" },
          h("input", {
            class: "mono",
            readOnly: true,
            value,
            "aria-label": name,
            onfocus: (event) => event.target.select(),
          }),
          button("", () => copy(value, name), { symbol: "copy", label: `Copy ${name}` }),
        ),
      ),
    ),
    h(
      "div",
      { class: "actions end" },
      button("Done", () => close(), { kind: "primary" }),
    ),
  ]);
}

/** Does something, and says what came of it; whether it was done. */
export async function act(work, said) {
  try {
    await work();
    note(said);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    note(error.message, "error");
    return false;
  }
}

/** The line below a page of a list. */
export function pager({ offset, limit, total_count: total, returned_count: returned }, name, go) {
  return h(
    "div",
    { class: "pager pad" },
    h(
      "span",
      { class: "muted", role: "status" },
      total > returned
        ? `${count(offset + 1)}–${count(offset + returned)} of ${count(total)} ${name}`
        : `${count(total)} ${total === 1 ? name.replace(/ies$/, "y").replace(/s$/, "") : name}`,
    ),
    h("span", { class: "spacer" }),
    total > returned &&
      button("", () => go(Math.max(0, offset - limit)), {
        symbol: "left",
        label: `Earlier ${name}`,
        disabled: offset === 0,
      }),
    total > returned &&
      button("", () => go(offset + limit), {
        symbol: "right",
        label: `Further ${name}`,
        disabled: offset + returned >= total,
      }),
  );
}

/** Links between the views of a tab; `view` in the address says which is shown. */
export function views(id, choices, shown) {
  return h(
    "div",
    { class: "segments", role: "group", "aria-label": "View" },
    choices.map(([value, text]) =>
      h("a", { href: `#/${id}?view=${value}`, "aria-current": value === shown ? "true" : undefined }, text),
    ),
  );
}
