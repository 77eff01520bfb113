// Elements made of values. Text stays text, whatever it holds: nothing here reads markup.

const MARKUP = new Set(["innerHTML", "outerHTML", "srcdoc", "style"]);
const LINKS = new Set(["href", "src", "action"]);
const SVG = "http://www.w3.org/2000/svg";

/** An element with properties, attributes (`aria-*`, `data-*`, `role`), listeners (`onclick`) and children. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (MARKUP.has(name)) throw new TypeError(`h() sets no ${name}`);
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name in element && !name.includes("-") && name !== "list" && name !== "form")
      element[name] = LINKS.has(name) ? safeUrl(value) : value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  return put(element, ...children);
}

/** Adds children: nodes, texts and numbers; nothing and `false` are left out, arrays are taken apart. */
export function put(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return parent;
}

/** Replaces the children. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  return put(parent, ...children);
}

function safeUrl(value) {
  const url = new URL(value, document.baseURI);
  if (!["http:", "https:", "blob:"].includes(url.protocol)) throw new TypeError(`no link to ${url.protocol}`);
  return value;
}

const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5h7v8h-7zM3.5 10.5v-8h7",
  play: "M5 3.5v9l7-4.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  refresh: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
  send: "M2.5 8h10M8.5 4l4 4-4 4",
  plus: "M8 3v10M3 8h10",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.7 9h5.6l.7-9",
  left: "M10 3.5L5.5 8l4.5 4.5",
  right: "M6 3.5L10.5 8 6 12.5",
  first: "M11 3.5L6.5 8l4.5 4.5M4.5 3.5v9",
  download: "M8 2.5v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
  pin: "M8 9v5M5 2.5h6l-1 4 1.5 2.5h-7L6 6.5z",
};

/** A drawing beside a text; never the only name of anything. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A button with a text, or with a drawing whose name `label` is. */
export function button(text, onclick, { kind = "", symbol, label, ...more } = {}) {
  const only = text === "" && symbol;
  return h(
    "button",
    {
      type: "button",
      class: only ? `icon-button ${kind}` : kind,
      onclick,
      title: only ? label : undefined,
      "aria-label": label,
      ...more,
    },
    symbol && icon(symbol),
    text,
  );
}

/** Says something at the edge of the page for a while. */
export function note(text, kind = "info") {
  const box = document.getElementById("notes");
  const line = h(
    "div",
    { class: `note ${kind}` },
    h("span", {}, text),
    button("", () => line.remove(), { symbol: "close", label: "Dismiss" }),
  );
  box.append(line);
  while (box.children.length > 4) box.firstChild.remove();
  if (kind !== "error") setTimeout(() => line.remove(), 5000);
}

/** Puts a text into the clipboard. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages of plain http on other hosts have no clipboard.
    const area = h("textarea", { value: text, class: "offscreen", "aria-hidden": "true" });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  note(`${what} copied.`);
}

/**
 * A modal dialog; `build(close, leave)` gives its content. The focus is on its first field, where it has one. Resolves
 * when it is closed, with what `close` was given, and puts the focus back where it was. While something in it is
 * `unsaved()`, `leave` and the ways to close every dialog ask first.
 */
export function dialog(title, build, { wide = false, unsaved = () => false } = {}) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    let result;
    const close = (value) => {
      result = value;
      box.close();
    };
    const leave = async () => {
      if (!unsaved() || (await confirmLeave())) close();
    };
    const guard = (event) => {
      if (!unsaved()) return;
      event.preventDefault();
      leave();
    };
    // One may ask something on top of another.
    const id = `dialog-title-${document.querySelectorAll("dialog").length}`;
    const heading = h("h2", { id }, title);
    const box = h(
      "dialog",
      { class: wide ? "wide" : "", "aria-labelledby": id },
      h(
        "div",
        { class: "dialog-head" },
        heading,
        button("", leave, { symbol: "close", label: "Close" }),
      ),
    );
    box.unsaved = unsaved;
    put(box, build(close, leave));
    box.addEventListener("cancel", guard);
    // A browser lets a second Escape in a row through, whatever is said to the first.
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") guard(event);
    });
    box.addEventListener("close", () => {
      box.remove();
      if (before?.isConnected) before.focus();
      resolve(result);
    });
    document.body.append(box);
    box.showModal();
    if (!box.querySelector("[autofocus]")) box.querySelector("input, select, textarea")?.focus();
  });
}

/** Closes what asks or tells something; where it says so, not what holds something that is not stored. */
export function closeDialogs({ keepUnsaved = false } = {}) {
  for (const box of document.querySelectorAll("dialog")) if (!(keepUnsaved && box.unsaved())) box.close();
}

/** Asks before what a person has written is lost. */
export const confirmLeave = () =>
  confirm("Leave without saving?", "What you have changed here is not saved, and is lost when you leave.", "Leave");

/** Asks before something that cannot be undone. */
export function confirm(title, text, action) {
  return dialog(title, (close) => [
    h("p", {}, text),
    h(
      "div",
      { class: "actions end" },
      button("Cancel", () => close(false), { autofocus: true }),
      button(action, () => close(true), { kind: "danger" }),
    ),
  ]);
}

/**
 * A table. A column has `label` (or `unseen`, for those who hear it), `cell(row)` and may have `num`, `class`, `sort`;
 * `sort` has `by`, `down` and `set(by, down)`. Rows with `onrow` can be opened by click, and by Enter on the link in
 * their first cell. With `cards`, rows are shown as cards where the table has little room: nothing is out of sight.
 */
export function table(columns, rows, { caption, sort, onrow, cards = false, empty = "Nothing here yet.", rowClass } = {}) {
  const kind = (column) => [column.num && "num", column.class].filter(Boolean).join(" ");
  const head = h(
    "tr",
    {},
    columns.map((column) => {
      const active = sort && column.sort && sort.by === column.sort;
      const name =
        column.sort && sort
          ? h(
              "button",
              { type: "button", class: "sort", onclick: () => sort.set(column.sort, active ? !sort.down : true) },
              column.label,
              h("span", { "aria-hidden": "true" }, active ? (sort.down ? " ↓" : " ↑") : ""),
            )
          : column.label || h("span", { class: "offscreen" }, column.unseen ?? "Actions");
      return h(
        "th",
        {
          scope: "col",
          class: kind(column),
          "aria-sort": active ? (sort.down ? "descending" : "ascending") : undefined,
        },
        name,
      );
    }),
  );
  const body = h(
    "tbody",
    {},
    rows.map((row) => {
      const line = h(
        "tr",
        { class: rowClass?.(row) },
        columns.map((column) => h("td", { class: kind(column), dataset: { label: column.label } }, column.cell(row))),
      );
      if (onrow) {
        line.classList.add("open");
        line.addEventListener("click", (event) => {
          if (!event.target.closest("a, button, input")) onrow(row, line);
        });
      }
      return line;
    }),
  );
  if (!rows.length) put(body, h("tr", {}, h("td", { class: "empty", colSpan: columns.length }, empty)));
  return h(
    "div",
    { class: cards ? "scroll cards" : "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "offscreen" }, caption), h("thead", {}, head), body),
  );
}

/** A list of names and values. */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** Fills the list that inputs with `list` of this id offer: pairs of values and what is told of them. */
export function offer(id, pairs) {
  const known = document.getElementById(id) ?? h("datalist", { id });
  if (!known.isConnected) document.body.append(known);
  fill(
    known,
    pairs.map(([value, text]) => h("option", { value }, text)),
  );
}

/** A sentence in which backticks stand around names. */
export const marked = (text) => text.split("`").map((each, at) => (at % 2 ? h("code", {}, each) : each));

/** A part of a page with a heading. */
export function panel(title, ...children) {
  return h("section", { class: "panel" }, h("h2", {}, title), ...children);
}

/** What is shown while something loads, or instead of what failed. */
export function failed(error) {
  return h(
    "div",
    { class: "panel error-panel", role: "alert" },
    h("strong", {}, error.message),
    error.violations?.length ? violations(error.violations) : null,
  );
}

/** What an answer of the admin API finds wrong. */
export function violations(list) {
  return h(
    "ul",
    { class: "violations" },
    list.map((each) =>
      h(
        "li",
        { class: each.severity ?? "error" },
        h("code", {}, [each.in, each.name ?? each.pointer].filter(Boolean).join(" ")),
        " ",
        each.message,
        each.hint ? h("em", {}, ` ${each.hint}`) : null,
      ),
    ),
  );
}
