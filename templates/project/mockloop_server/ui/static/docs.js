// The description, as Swagger UI and ReDoc show it.

import { h, fill } from "./dom.js";

export const id = "docs";
export const title = "Docs";

const KINDS = [
  ["docs", "Swagger UI"],
  ["redoc", "ReDoc"],
];

export function mount(main, page) {
  const choice = h("div", { class: "segments", role: "group", "aria-label": "Viewer" });
  const place = h("div", { class: "frame" });
  main.append(
    h("div", { class: "head" }, h("h1", {}, title), h("span", { class: "spacer" }), choice),
    place,
    h(
      "p",
      { class: "muted" },
      "Open ",
      h("a", { href: "docs", target: "_blank", rel: "noopener" }, "Swagger UI"),
      ", ",
      h("a", { href: "redoc", target: "_blank", rel: "noopener" }, "ReDoc"),
      ", the ",
      h("a", { href: "openapi.json", target: "_blank", rel: "noopener" }, "description"),
      " or the ",
      h("a", { href: "api/openapi.json", target: "_blank", rel: "noopener" }, "contract of the admin API"),
      " by themselves.",
    ),
  );
  function draw() {
    const kind = page.params.get("with") === "redoc" ? "redoc" : "docs";
    fill(
      choice,
      KINDS.map(([value, text]) =>
        h("a", { href: `#/docs?with=${value}`, "aria-current": value === kind ? "true" : undefined }, text),
      ),
    );
    fill(place, h("iframe", { src: kind, title: KINDS.find(([value]) => value === kind)[1] }));
  }
  draw();
  return draw;
}
