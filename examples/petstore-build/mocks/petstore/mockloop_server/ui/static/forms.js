// Dialogs that ask for several values, and pages of lists.

import { Problem } from "./api.js";
import { button, copy, dialog, failed, fill, h, note } from "./dom.js";
import { count } from "./format.js";

/**
 * Asks for values and sends them. A field has `name`, `label`, and may have `type`, `value`, `required`,
 * `choices`, `hint`, `rows` for texts of several lines, and `read(text)`; empty ones are left out.
 */
export function formDialog(title, action, fields, send, { wide = false } = {}) {
  return dialog(
    title,
    (close) => {
      const said = h("div");
      const inputs = new Map();
      const form = h(
        "form",
        {
          class: "stack",
          onsubmit: async (event) => {
            event.preventDefault();
            const values = {};
            try {
              for (const { name, label, type, read } of fields) {
                const input = inputs.get(name);
                if (type === "checkbox") values[name] = input.checked;
                else if (input.value.trim()) values[name] = read ? read(input.value.trim(), label) : input.value.trim();
              }
              close((await send(values)) ?? true);
            } catch (error) {
              if (!(error instanceof Problem)) throw error;
              fill(said, failed(error));
            }
          },
        },
        fields.map((field) => {
          const { name, label, type = "text", value = "", required = false, choices, hint, rows, list } = field;
          const shared = { name, required, spellcheck: false };
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
                : h("input", { ...shared, type, value, list, autocomplete: "off" });
          inputs.set(name, input);
          return type === "checkbox"
            ? h("label", { class: "check" }, input, label)
            : h(
                "label",
                { class: "field" },
                h("span", {}, label, hint && h("em", { class: "hint" }, ` ${hint}`)),
                input,
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
